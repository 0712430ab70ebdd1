//! Bodies that clients compress: gzip, of the one operation whose model says that it takes that
//! (`requestcompression` of PutMetricData in the service model of CloudWatch; SDKs compress bodies from
//! 10 KiB on). The signature is of the body as it was sent.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::{Request, protocol};
use crate::fault::Fault;
use crate::tables::{Protocol, Service};

/// The longest body, in bytes, as sent and as it is once inflated. Greater than any served operation's
/// input (PutMetricData takes 1 MB, CloudWatch user guide, "Service quotas"); AWS's own limits differ by
/// service, and this one guards the simulator.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

/// The operations that take compressed bodies.
const TAKEN: [(&str, &str); 1] = [("cloudwatch", "PutMetricData")];

/// The request with its body as it was before it was compressed.
///
/// # Errors
/// The service's own for a body that it cannot read, if it is no gzip; 413 if it is too long; 501 for every
/// other compression.
pub fn inflated<'r>(service: &Service, request: &'r Request) -> Result<Cow<'r, Request>, Fault> {
    match request.header("content-encoding") {
        // `aws-chunked` is another matter: it is of S3.
        "" | "identity" => return Ok(Cow::Borrowed(request)),
        "gzip" => {}
        other => return Err(not_read(other)),
    }
    let mut body = Vec::new();
    let mut reader = MultiGzDecoder::new(request.body.as_ref()).take(MAX_BODY as u64 + 1);
    if reader.read_to_end(&mut body).is_err() {
        return Err(no_gzip(service, request));
    }
    if body.len() > MAX_BODY {
        return Err(too_long());
    }
    Ok(Cow::Owned(Request { body: body.into(), ..request.clone() }))
}

/// Refuses a compressed body of an operation that does not take one.
///
/// # Errors
/// 501: what AWS does with it is not known.
pub fn taken(service: &Service, operation: &str, request: &Request) -> Result<(), Fault> {
    match request.header("content-encoding") {
        "gzip" if !TAKEN.contains(&(service.name.as_str(), operation)) => Err(not_read("gzip")),
        _ => Ok(()),
    }
}

/// A body is longer than [`MAX_BODY`]. The code is that of Lambda and others of AWS's JSON services; that
/// of the services here is not known.
pub fn too_long() -> Fault {
    Fault::new(413, "RequestEntityTooLargeException", format!("The body is longer than {MAX_BODY} bytes"))
}

fn not_read(encoding: &str) -> Fault {
    let text = format!("awsim does not read a body of content-encoding {encoding}");
    Fault::new(501, "NotImplemented", text)
}

/// Inferred: it is a body that cannot be read, as one that is not of the protocol's form.
fn no_gzip(service: &Service, request: &Request) -> Fault {
    let code = match protocol(service, request) {
        Protocol::Json | Protocol::Cbor => "SerializationException",
        Protocol::Ec2 | Protocol::Query => "MalformedInput",
        Protocol::RestJson => "BadRequestException",
        Protocol::RestXml => "InvalidInput",
    };
    Fault::bad(code, "The body is not what content-encoding gzip says")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::tables;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn request(encoding: &'static str, body: Vec<u8>) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("content-encoding", HeaderValue::from_static(encoding));
        let (path, query) = ("/".to_owned(), String::new());
        Request { method: Method::POST, path, query, headers, body: body.into() }
    }

    fn read(encoding: &'static str, body: Vec<u8>) -> Result<Vec<u8>, (u16, String)> {
        let service = tables::service("cloudwatch").unwrap();
        let request = request(encoding, body);
        let read = inflated(service, &request).map_err(|fault| (fault.status, fault.code))?;
        Ok(read.body.to_vec())
    }

    #[test]
    fn a_body_of_one_or_more_members_is_inflated() {
        assert_eq!(read("gzip", gzip(b"Action=PutMetricData")).unwrap(), b"Action=PutMetricData");
        assert_eq!(read("gzip", [gzip(b"Action="), gzip(b"x")].concat()).unwrap(), b"Action=x");
        assert_eq!(read("identity", b"plain".to_vec()).unwrap(), b"plain");
    }

    #[test]
    fn a_body_that_is_no_gzip_or_ends_early_or_is_altered_cannot_be_read() {
        let whole = gzip(b"Action=PutMetricData");
        let mut altered = whole.clone();
        altered[12] ^= 1;
        for body in [b"plain".to_vec(), Vec::new(), whole[..whole.len() - 5].to_vec(), altered] {
            assert_eq!(read("gzip", body).unwrap_err(), (400, "MalformedInput".to_owned()));
        }
    }

    #[test]
    fn a_small_body_does_not_inflate_without_bound() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(read("gzip", bomb).unwrap_err(), (413, "RequestEntityTooLargeException".to_owned()));
        assert_eq!(read("gzip", gzip(&vec![0; MAX_BODY])).unwrap().len(), MAX_BODY);
    }

    #[test]
    fn other_encodings_and_other_operations_are_not_served() {
        assert_eq!(read("br", Vec::new()).unwrap_err().0, 501);
        let (watch, request) = (tables::service("cloudwatch").unwrap(), request("gzip", gzip(b"")));
        taken(watch, "PutMetricData", &request).unwrap();
        assert_eq!(taken(watch, "PutMetricAlarm", &request).unwrap_err().status, 501);
        assert_eq!(
            taken(tables::service("ec2").unwrap(), "PutMetricData", &request).unwrap_err().status,
            501
        );
    }
}
