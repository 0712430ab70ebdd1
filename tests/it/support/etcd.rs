//! etcd behind the API server's back: objects written as by a restore from a backup, without schema or
//! rules; revisions forgotten.

use data_encoding::BASE64;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use lab::Lab;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// Stores `object` of the custom resource `plural` in group `gatewayed.io`; one without a namespace has
/// the empty one.
pub async fn put(lab: &Lab, plural: &str, namespace: &str, name: &str, object: &Value) {
    let namespace = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    let key = format!("/registry/gatewayed.io/{plural}/{namespace}{name}");
    let key = BASE64.encode(key.as_bytes());
    ask(lab, "/v3/kv/put", &json!({"key": key, "value": BASE64.encode(object.to_string().as_bytes())})).await;
}

/// Forgets every revision but the present one, as the API server has it done every five minutes.
pub async fn compact(lab: &Lab) {
    let present = ask(lab, "/v3/kv/range", &json!({"key": BASE64.encode(b"/")})).await;
    let revision = present["header"]["revision"].clone();
    ask(lab, "/v3/kv/compaction", &json!({"revision": revision, "physical": true})).await;
}

async fn ask(lab: &Lab, path: &str, body: &Value) -> Value {
    let address = address(lab);
    let stream = TcpStream::connect(&address).await.expect("etcd listens");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("etcd speaks HTTP");
    tokio::spawn(connection);
    let request = hyper::Request::post(path)
        .header("host", &address)
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a request");
    let reply = sender.send_request(request).await.expect("etcd answers");
    let status = reply.status();
    let text = reply.into_body().collect().await.expect("a body").to_bytes();
    assert!(status.is_success(), "etcd: {status} {}", String::from_utf8_lossy(&text));
    serde_json::from_slice(&text).expect("JSON")
}

/// Where etcd listens, as it was told.
fn address(lab: &Lab) -> String {
    let told = |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok();
    let flags: Vec<String> = lab.process_ids().iter().filter_map(told).collect();
    flags
        .iter()
        .flat_map(|line| line.split('\0'))
        .find_map(|flag| flag.strip_prefix("--etcd-servers=http://"))
        .expect("the API server has its etcd on the command line")
        .to_owned()
}
