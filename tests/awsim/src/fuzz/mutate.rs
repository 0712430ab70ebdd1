//! What goes wrong with requests on their way, or is done to them.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use rand::Rng;

use super::values::Source;
use crate::wire::Request;

/// Does one thing to a request.
pub fn request(source: &mut Source, request: &mut Request) {
    match source.rng.random_range(0..100) {
        0..45 => body(source, request),
        45..55 => {
            let methods = ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "NONSENSE"];
            request.method = Method::from_bytes(source.any(&methods).as_bytes()).unwrap();
        }
        55..67 => path(source, request),
        67..75 => query(source, request),
        75..88 => authorization(source, request),
        _ => header(source, request),
    }
}

fn body(source: &mut Source, request: &mut Request) {
    let mut body = request.body.to_vec();
    let at = source.rng.random_range(0..=body.len());
    match source.rng.random_range(0..12) {
        0 if !body.is_empty() => {
            let at = source.rng.random_range(0..body.len());
            body[at] ^= 1 << source.rng.random_range(0..8);
        }
        1 => body.truncate(at),
        2 => drop(body.splice(at..at, [0xff, 0xfe, 0xc0, 0x80])),
        3 => drop(body.splice(at..at, *b"%zz%")),
        4 => drop(body.splice(at..at, [0])),
        5 => {
            let end = source.rng.random_range(at..=body.len());
            let part = body[at..end].to_vec();
            drop(body.splice(at..at, part));
        }
        6 => drop(body.splice(at..at, *b"99999999999999999999999")),
        7 => drop(body.splice(at..at, *b"<a><b>]]></a>&nope;")),
        8 => drop(body.splice(at..at, *b"}{\"a\":[")),
        9 => body = nested(source),
        10 => body.extend_from_slice(b"&Tag.1.1.1.1=x&.=&..1=&A.-1=b&A.4294967296=c&=&&"),
        _ => body = (0..source.rng.random_range(0..300)).map(|_| source.rng.random()).collect(),
    }
    request.body = body.into();
}

/// Bodies that are deep: JSON, XML, CBOR, a form.
fn nested(source: &mut Source) -> Vec<u8> {
    let depth = source.rng.random_range(50..5000);
    match source.rng.random_range(0..5) {
        0 => b"[".repeat(depth),
        1 => b"{\"a\":".repeat(depth),
        2 => b"<a>".repeat(depth),
        3 => [0x81_u8].repeat(depth),
        _ => [b"Action=".as_slice(), &b"a.".repeat(depth)].concat(),
    }
}

/// A body of nearly two MiB.
pub fn huge(source: &mut Source, request: &mut Request) {
    const SIZE: usize = 2 * 1024 * 1024 - 64;
    let filled = |begin: &[u8], part: &[u8], end: &[u8]| {
        [begin, &part.repeat((SIZE - begin.len() - end.len()) / part.len()), end].concat()
    };
    let body = match source.rng.random_range(0..6) {
        0 => filled(b"{\"a\":\"", b"x", b"\"}"),
        1 => filled(b"{\"TagKeys\":[", b"1,", b"1]}"),
        2 => filled(b"<a>", b"<b/>", b"</a>"),
        3 => {
            let mut form = String::from_utf8_lossy(&request.body).into_owned();
            for n in 0..60_000 {
                form.push_str(&format!("&GroupId.{n}=x&N{n}=y"));
            }
            form.truncate(SIZE);
            form.into_bytes()
        }
        4 => filled(&[0x9f], &[0x01], &[0xff]),
        _ => filled(&request.body.clone(), b"&", b""),
    };
    request.body = Bytes::from(body);
}

fn path(source: &mut Source, request: &mut Request) {
    const PATHS: [&str; 14] = [
        "",
        "*",
        "//",
        "/%",
        "/%zz",
        "/%ff%fe",
        "/v2/apis/%00",
        "/v2/apis//routes",
        "/v2/apis/a/b/c/d/e/f",
        "/2013-04-01/hostedzone/%2F..%2F",
        "/service//operation/",
        "/service/x/operation/y/z",
        "/../../etc",
        "/v2/tags/",
    ];
    match source.rng.random_range(0..4) {
        0 => request.path.push_str(&"/a".repeat(2000)),
        1 => request.path = request.path.replace('/', "//"),
        2 => request.path.push_str("%F0%28%8C%28"),
        _ => (*source.any(&PATHS)).clone_into(&mut request.path),
    }
}

fn query(source: &mut Source, request: &mut Request) {
    const QUERIES: [&str; 8] = [
        "=",
        "&&&",
        "%",
        "maxResults=%ff",
        "maxItems=-1&maxitems=99999999999999999999",
        "Action=",
        "Action=GetApis&Action=x",
        "nextToken=%00&a=%zz",
    ];
    let query = source.any(&QUERIES);
    request.query = format!("{}&{query}", request.query);
}

fn authorization(source: &mut Source, request: &mut Request) {
    const HEADERS: [&str; 12] = [
        "",
        "AWS4-HMAC-SHA256",
        "Basic dGVzdDp0ZXN0",
        "Bearer x",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=, Signature=",
        "AWS4-HMAC-SHA256 Credential=////aws4_request, SignedHeaders=;;, Signature=",
        "AWS4-HMAC-SHA256 Credential=a/b/eu-central-1/nonsense/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=ASIA000000000000/20261121/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=AKIA\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}/20261121/eu-central-1/sts/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=AKIA11112222/1/eu-central-1/logs/aws4_request,SignedHeaders=host,Signature=0",
        "AWS4-ECDSA-P256-SHA256 Credential=a/b/ec2/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Signature=0, SignedHeaders=host, Credential=test/20261121/moon-1/acm/aws4_request",
    ];
    request.headers.remove("authorization");
    if source.chance(80) {
        let value = HeaderValue::from_bytes(source.any(&HEADERS).as_bytes()).unwrap();
        request.headers.insert("authorization", value);
    }
}

fn header(source: &mut Source, request: &mut Request) {
    const HEADERS: [(&str, &[u8]); 16] = [
        ("x-amz-target", b""),
        ("x-amz-target", b"."),
        ("x-amz-target", b"secretsmanager."),
        ("x-amz-target", b"secretsmanager.GetSecretValue"),
        ("x-amz-target", b"Logs_20140328.\xff"),
        ("content-encoding", b"gzip"),
        ("content-encoding", b"br"),
        ("content-encoding", b"gzip, gzip"),
        ("content-type", b"text/plain"),
        ("content-type", b"\xff\xfe"),
        ("host", b"\xe9"),
        ("x-amz-date", b"yesterday"),
        ("x-amz-content-sha256", b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-security-token", b"x"),
        ("expect", b"100-continue"),
        ("smithy-protocol", b"rpc-v2-cbor"),
    ];
    let (name, value) = source.any(&HEADERS);
    request.headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
}
