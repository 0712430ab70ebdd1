//! Writes objects behind the API server's back, as a restore from a backup would: no schema, no rules.

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
    let body = json!({
        "key": BASE64.encode(key.as_bytes()),
        "value": BASE64.encode(object.to_string().as_bytes()),
    });
    let address = address(lab);
    let stream = TcpStream::connect(&address).await.expect("etcd listens");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("etcd speaks HTTP");
    tokio::spawn(connection);
    let request = hyper::Request::post("/v3/kv/put")
        .header("host", &address)
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a request");
    let reply = sender.send_request(request).await.expect("etcd answers");
    let status = reply.status();
    let text = reply.into_body().collect().await.expect("a body").to_bytes();
    assert!(status.is_success(), "etcd: {status} {}", String::from_utf8_lossy(&text));
}

/// Where etcd listens, as the API server was told.
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
