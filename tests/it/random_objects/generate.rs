//! Objects as nobody writes them on purpose: the examples, which have every field, with fields left out and
//! values that are wrong, huge, odd or somebody else's, at random places.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

/// A step into an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Field(String),
    Item(usize),
}

/// A place in an object.
pub type Path = Vec<Step>;

/// The fields on a path, outermost first.
fn fields(path: &Path) -> Vec<&str> {
    path.iter().filter_map(field).collect()
}

fn field(step: &Step) -> Option<&str> {
    match step {
        Step::Field(name) => Some(name),
        Step::Item(_) => None,
    }
}

/// An object and where it was changed.
#[derive(Clone, Debug)]
pub struct Object {
    pub value: Value,
    pub changed: Vec<Path>,
}

impl Object {
    /// Whether `text` names one of the changed fields, or one that lies around or below it.
    pub fn names_the_field(&self, text: &str) -> bool {
        let names = |path: &Path| {
            let fields = fields(path);
            // `spec` alone says nothing, unless it is what was changed.
            let telling = fields.iter().skip(usize::from(fields.len() > 1));
            telling.into_iter().any(|field| text.contains(field))
        };
        self.changed.iter().any(names)
    }
}

const SERVICES: [&str; 2] =
    [include_str!("../../../examples/carts.yaml"), include_str!("../../../examples/orders.yaml")];
const CLASSES: [&str; 2] =
    [include_str!("../../../examples/class-strict.yaml"), include_str!("../../../examples/class.yaml")];

/// A service or a class, each half of the time, with some fields left out and up to three wrong.
pub fn object(random: &mut StdRng) -> Object {
    let texts = if random.random() { SERVICES } else { CLASSES };
    let text = texts.choose(random).expect("a text");
    let mut value: Value = serde_saphyr::from_str(text).expect("an example");
    // In whatever namespace it is sent to, and no stored object's name.
    value["metadata"].as_object_mut().expect("metadata").remove("namespace");
    value["metadata"]["name"] = json!("random");
    let mut object = Object { value, changed: Vec::new() };
    for _ in 0..random.random_range(0..3) {
        leave_out(random, &mut object);
    }
    let times = *[0, 1, 1, 1, 1, 2, 3].choose(random).expect("a number");
    for _ in 0..times {
        mutate(random, &mut object);
    }
    object
}

/// Every place below `spec` and in `metadata`, which as a whole the API server calls by another name.
fn places(value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    for top in ["spec", "metadata"] {
        if let Some(inner) = value.get(top) {
            let path = vec![Step::Field(top.to_owned())];
            walk(inner, path, &mut found);
        }
    }
    found.retain(|path| path[..] != [Step::Field("metadata".to_owned())]);
    found
}

fn walk(value: &Value, path: Path, found: &mut Vec<Path>) {
    found.push(path.clone());
    let below = |step| [path.clone(), vec![step]].concat();
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, inner)| walk(inner, below(Step::Field(name.clone())), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, inner)| walk(inner, below(Step::Item(n)), found));
        }
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Item(n) => value.get_mut(n),
    })
}

/// Takes one field or item away.
fn leave_out(random: &mut StdRng, object: &mut Object) {
    let places = places(&object.value);
    let deep: Vec<&Path> = places.iter().filter(|path| path.len() > 1).collect();
    let Some((path, (last, parent))) = deep.choose(random).and_then(|path| Some((path, path.split_last()?)))
    else {
        return;
    };
    match (at(&mut object.value, parent), last) {
        (Some(Value::Object(fields)), Step::Field(name)) => _ = fields.remove(name),
        (Some(Value::Array(items)), Step::Item(n)) => _ = items.remove(*n),
        _ => {}
    }
    object.changed.push((*path).clone());
}

/// Changes one place.
fn mutate(random: &mut StdRng, object: &mut Object) {
    let places = places(&object.value);
    let Some(path) = places.choose(random).cloned() else { return };
    let other = places.choose(random).and_then(|path| at(&mut object.value, path).cloned());
    let Some(place) = at(&mut object.value, &path) else { return };
    let mut changed = path.clone();
    match random.random_range(0..12) {
        0 => *place = Value::Null,
        1 => *place = other.unwrap_or(Value::Null),
        2 => *place = number(random),
        3 | 4 => *place = json!(text(random)),
        5 => *place = json!([]),
        6 => *place = json!({}),
        7 => *place = json!(random.random::<bool>()),
        8 => *place = nested(random.random_range(1..200)),
        9 | 10 => match place {
            Value::Array(items) => {
                let again = items.choose(random).cloned().unwrap_or(json!("x"));
                let times = *[1, 1, 2, 70].choose(random).expect("a number");
                items.extend(std::iter::repeat_n(again, times));
            }
            Value::Object(fields) => {
                let name = text(random);
                changed.push(Step::Field(name.clone()));
                fields.insert(name, other.unwrap_or(json!("x")));
            }
            Value::Number(n) => *place = json!(n.as_i64().unwrap_or(0).wrapping_neg()),
            Value::String(s) => *place = json!(format!("{s}{}", text(random))),
            place => *place = json!("true"),
        },
        _ => *place = json!(number(random).to_string()),
    }
    object.changed.push(changed);
}

fn number(random: &mut StdRng) -> Value {
    let odd = [
        json!(-1),
        json!(0),
        json!(1),
        json!(65_535),
        json!(65_536),
        json!(i32::MAX),
        json!(i64::from(i32::MAX) + 1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.5),
        json!(1e300),
        json!(-0.0),
    ];
    odd.choose(random).expect("a number").clone()
}

fn text(random: &mut StdRng) -> String {
    let odd = [
        "",
        " ",
        "/",
        "//",
        "/a/",
        "/{a}/{a}",
        "/{a+}/b",
        "/{a+}",
        "/{}",
        "/{",
        "/a{b}c",
        "/{proxy+}",
        "/..",
        "/%2e",
        "0s",
        "1s",
        "-5s",
        "1h1m1s",
        "1h0m0s",
        "100000h",
        "9223372036854775807h",
        "1e3s",
        "5",
        "300ms",
        "1us",
        "$default",
        "{namespace}",
        "/{namespace}",
        "ANY",
        "get",
        "-",
        "a-",
        "A",
        "0",
        "true",
        "null",
        "aws:x",
        "gatewayed.io/x",
        "kubernetes.io/x",
        "a/b/c",
        "x=y,z",
        "*",
        "\\",
        "'",
        "\"",
        "\u{0}",
        "\u{1}\u{7f}",
        "line\nline",
        "\u{202e}evil",
        "ẞtraße",
        "🦀",
        "e\u{301}",
        "\u{fffd}",
        "1Gi",
        "1e9999",
        "100m",
        "-1",
        "1.5",
        "0x10",
        "10.0.0.0/8",
        "arn:aws:x",
        "sg-zz",
        "vpc-",
        "eu-central-1",
    ];
    match random.random_range(0..20) {
        0 => "a".repeat(*[63, 64, 253, 254, 300, 5_000, 20_000].choose(random).expect("a length")),
        1 => "ä/".repeat(random.random_range(1..200)),
        2 => (0..random.random_range(1..12)).map(|_| random.random::<char>()).collect(),
        _ => (*odd.choose(random).expect("a text")).to_owned(),
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!("x"), |inner, n| if n % 2 == 0 { json!([inner]) } else { json!({ "a": inner }) })
}
