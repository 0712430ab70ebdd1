//! Which tests name the source of the behaviour that they show: most, as the README says.

use std::path::{Path, PathBuf};

use regex::Regex;

/// What a source is called: the abbreviations of the modules (each explained where it is used), a guide or
/// reference of AWS's, a service model, an RFC, or an issue or change of a project by its number.
const SOURCE: &str = r#"(?x)
    \b(AGD|BC|LIM|HQ|TF|SAM|LBC|SAR|UG|DG|SMQ|LSS?|MOTO|STK|LEN|CW[ULQ]|VPCQ|PLQ|NLB[QSG]|ALBQ|GR|VL2|EC)\b
    | botocore | Smithy | [Ss]ervice\ model | \bmoto\b | re:Post | \bRFC\ \d
    | (?i:user|developer)\ (?i:guides?) | (?i:service\ authorization|general)\ (?i:reference) | API\ reference
    | AWS\ CLI | [Ee]rror\ codes | VPC\ quotas | PrivateLink\ (guide|quotas) | [Ff]ield\ (logs?|reports?)
    | [Tt]he\ (same|documented)\ (page|example) | localstack
    | stackd | \#\d+ | \b(issues?|pull\ request)\ \d+
    | \b[A-Za-z0-9_]+[-/][A-Za-z0-9_/-]+\ \d{2,6}\b
    | \b(amplify|cdk|cdkd|chalice|cortex|floci|klotho|mongodb|plutomi|serverless|sst|yace)\ \d+
"#;

/// What the README says of them, and the share in tenths that it stands for.
const SAID: (&str, usize) = ("At least eight in ten of these tests name it.", 8);

/// Files and folders whose tests show how awsim itself works and nothing that AWS does.
const OWN: [&str; 26] = [
    "clock.rs",
    "consistency/history.rs",
    "consistency/tests/invariants.rs",
    "consistency/tests/remembering.rs",
    "datapath/outside.rs",
    "datapath/trace.rs",
    "dial.rs",
    "ec2/delays.rs",
    "ec2/rules.rs",
    "elbv2/delays.rs",
    "elbv2/tests/invariants.rs",
    "fuzz/",
    "http_front.rs",
    "iam/tests/properties.rs",
    "model_check/",
    "page.rs",
    "quota.rs",
    "recorder.rs",
    "reset.rs",
    "route53/tests/properties.rs",
    "seed.rs",
    "server.rs",
    "sources.rs",
    "tables.rs",
    "weather/",
    "world.rs",
];

/// One test.
struct Found {
    /// Where it is: `FILE: NAME`.
    place: String,
    sourced: bool,
}

fn files(folder: &Path, to: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push(path);
        }
    }
}

/// The tests of a file. A test names its source in its own documentation or in a comment of its body, or
/// the file's first lines name it for all that are in it.
fn tests_of(file: &str, text: &str, source: &Regex) -> Vec<Found> {
    let head: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let comments = |part: &str| -> String {
        let lines = part.lines().filter_map(|line| line.trim_start().strip_prefix("//"));
        // A sentence goes on in the next line.
        lines.map(|comment| comment.trim_start_matches('/')).collect()
    };
    let mut found = Vec::new();
    // Items are apart by an empty line, tests begin with their documentation.
    for item in text.split("\n\n") {
        let Some(at) = item.find("#[test]").or_else(|| item.find("#[tokio::test")) else { continue };
        let name = item[at..].split_once("fn ").and_then(|(_, rest)| rest.split('(').next());
        let of_its_own = source.is_match(&comments(item));
        let for_all = source.is_match(&head) && !head.contains("Comments name");
        found.push(Found {
            place: format!("{file}: {}", name.unwrap_or_default()),
            sourced: of_its_own || for_all,
        });
    }
    found
}

/// Counted are the Rust tests in src, but for those in [`OWN`]. Boto3's and the SDK's, which call the same
/// operations again, are not.
#[test]
fn as_many_behaviours_name_their_source_as_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let source = Regex::new(SOURCE).unwrap();
    let mut paths = Vec::new();
    files(&root, &mut paths);
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        if !OWN.iter().any(|own| file.starts_with(own)) {
            all.extend(tests_of(&file, &std::fs::read_to_string(&path).unwrap(), &source));
        }
    }
    let without: Vec<&str> = all.iter().filter(|test| !test.sourced).map(|test| &*test.place).collect();
    let sourced = all.len() - without.len();
    println!("Of {} such tests {sourced} name it. Without:\n{}", all.len(), without.join("\n"));
    let (line, tenths) = SAID;
    assert!(sourced * 10 >= all.len() * tenths, "{sourced} of {} name their source", all.len());
    let readme = include_str!("../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(readme.contains(line), "the README lacks: {line}");
}
