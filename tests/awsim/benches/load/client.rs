//! A client of one connection: signs, sends, reads the answer. It blocks, so that it costs the
//! machine as little as may be beside the server that is measured.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::SystemTime;

use awsim::signature;
use awsim::wire::Request;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

/// The region that everything is in.
pub const REGION: &str = "eu-central-1";
/// The secret that the server checks signatures against.
pub const SECRET: &str = "bench";

/// One call, still to be signed.
#[derive(Clone, Debug)]
pub struct Call {
    service: &'static str,
    method: Method,
    path: String,
    query: String,
    target: Option<&'static str>,
    content_type: &'static str,
    body: String,
}

impl Call {
    /// A form, as EC2 and the query protocols take it, with `Action` and `Version`.
    pub fn form(service: &'static str, text: String) -> Call {
        let content_type = "application/x-www-form-urlencoded";
        Call {
            service,
            method: Method::POST,
            path: "/".into(),
            query: String::new(),
            target: None,
            content_type,
            body: text,
        }
    }

    /// A JSON document with its `X-Amz-Target`.
    pub fn json(service: &'static str, target: &'static str, body: &serde_json::Value) -> Call {
        let content_type = "application/x-amz-json-1.1";
        Call { target: Some(target), content_type, ..Call::form(service, body.to_string()) }
    }

    /// By method and path, which may have a query string.
    pub fn rest(service: &'static str, method: Method, path: &str, body: String) -> Call {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        Call { method, path, query, content_type: "application/json", ..Call::form(service, body) }
    }
}

/// A connection that is kept.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    host: String,
    read: Vec<u8>,
}

impl Client {
    /// Connects to the server.
    pub fn connect(server: SocketAddr) -> std::io::Result<Client> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, host: server.to_string(), read: Vec::new() })
    }

    /// Sends a call and gives the body of its answer.
    ///
    /// # Errors
    /// The connection's, and every answer that is no success.
    pub fn send(&mut self, call: &Call) -> std::io::Result<String> {
        let request = self.encode(call)?;
        self.stream.write_all(&request)?;
        let (status, body) = self.answer()?;
        if !(200..300).contains(&status) {
            return Err(Error::other(format!("{status} to {call:?}: {body}")));
        }
        Ok(body)
    }

    fn encode(&self, call: &Call) -> std::io::Result<Vec<u8>> {
        let mut request = Request {
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.query.clone(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(call.body.as_bytes()),
        };
        request.headers.insert("host", HeaderValue::try_from(&self.host).map_err(Error::other)?);
        let scope = (REGION, call.service);
        signature::sign(&mut request, "AKIABENCHBENCHBENCH0", SECRET, scope, SystemTime::now());
        let question = if call.query.is_empty() { "" } else { "?" };
        let target = call.target.map(|target| format!("x-amz-target: {target}\r\n")).unwrap_or_default();
        let text = format!(
            "{} {}{question}{} HTTP/1.1\r\nhost: {}\r\nuser-agent: awsim-bench\r\ncontent-type: {}\r\n{target}\
             x-amz-date: {}\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n{}",
            call.method,
            call.path,
            call.query,
            self.host,
            call.content_type,
            request.header("x-amz-date"),
            request.header("authorization"),
            call.body.len(),
            call.body
        );
        Ok(text.into_bytes())
    }

    fn answer(&mut self) -> std::io::Result<(u16, String)> {
        self.read.clear();
        let mut chunk = [0; 32 * 1024];
        loop {
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.read.extend_from_slice(&chunk[..count]);
            if let Some((status, from, to)) = extent(&self.read)
                && self.read.len() >= to
            {
                return Ok((status, String::from_utf8_lossy(&self.read[from..to]).into_owned()));
            }
        }
    }
}

/// Status, begin and end of the body of an answer whose head is there.
fn extent(read: &[u8]) -> Option<(u16, usize, usize)> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Some((status, end, end + length.unwrap_or(0)))
}
