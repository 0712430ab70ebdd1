//! REST-XML: documents that fit their schema, and those that do not.

use super::*;

const ROUTE53: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

pub(super) fn change_records(changes: &str) -> Request {
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"{ROUTE53}\"><ChangeBatch>{changes}</ChangeBatch>\
         </ChangeResourceRecordSetsRequest>"
    );
    request("POST", "/2013-04-01/hostedzone/Z1/rrset/", &[], body.as_bytes())
}

/// Smithy, AWS restXml protocol: HTTP bindings.
#[test]
fn rest_xml_reads_labels_query_and_body() {
    let changes = "<Comment>a &amp; b</Comment><Changes><Change><Action>CREATE</Action><ResourceRecordSet>\
                   <Name>w.lab.net</Name><Type>A</Type><TTL> 60 </TTL><ResourceRecords><ResourceRecord>\
                   <Value>10.0.0.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes>";
    assert_eq!(
        take("route53", &change_records(changes)).unwrap(),
        json!({"HostedZoneId": "Z1", "ChangeBatch": {"Comment": "a & b", "Changes": [{
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": "w.lab.net", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}],
            },
        }]}})
    );
    let list = request("GET", "/2013-04-01/hostedzone/Z1/rrset?name=a.lab.net&type=A&maxitems=5", &[], b"");
    assert_eq!(
        take("route53", &list).unwrap(),
        json!({"HostedZoneId": "Z1", "StartRecordName": "a.lab.net", "StartRecordType": "A", "MaxItems": "5"})
    );
}

/// Route 53 checks the document against a schema first and says what that says
/// (pcorliss/ruby_route_53#35).
#[test]
fn rest_xml_is_refused_where_it_does_not_fit_its_schema() {
    let refused = |request: &Request| {
        let (code, message) = refusal("route53", request);
        assert_eq!(code, "InvalidInput");
        message
    };
    let set = |inner: &str| {
        change_records(&format!(
            "<Changes><Change><Action>CREATE</Action><ResourceRecordSet>{inner}</ResourceRecordSet></Change></Changes>"
        ))
    };
    assert_eq!(
        refused(&set("<Name>a.lab.net</Name>")),
        "Invalid XML ; cvc-complex-type.2.4.b: The content of element 'ResourceRecordSet' is not complete. \
         One of '{\"https://route53.amazonaws.com/doc/2013-04-01/\":Type}' is expected."
    );
    for (inner, said) in [
        ("<Colour>red</Colour>", "element 'Colour'"),
        ("<Name>a</Name><Name>b</Name>", "element 'Name'"),
        ("<Name x='1'>a</Name>", "element '@x'"),
        ("<Name><b/></Name>", "element 'b'"),
        ("text", "'text' is not a valid value for 'Structure'"),
        ("<TTL>soon</TTL>", "'soon' is not a valid value for 'Long'"),
        ("<ResourceRecords><Record/></ResourceRecords>", "element 'Record'"),
        (
            "<Name>a</Name><Type>A</Type><ResourceRecords/>",
            "The content of element 'ResourceRecords' is not complete.",
        ),
    ] {
        let message = refused(&set(inner));
        assert!(message.starts_with("Invalid XML ; cvc-") && message.contains(said), "{inner}: {message}");
    }
    let long = "x".repeat(257);
    let message = refused(&change_records(&format!("<Comment>{long}</Comment><Changes><Change/></Changes>")));
    assert!(message.contains("The content of element") || message.contains("less than or equal to 256"));
    let path = "/2013-04-01/hostedzone/Z1/rrset/";
    let foreign = "<ChangeResourceRecordSetsRequest xmlns=\"urn:x\"/>";
    let other = format!("<CreateHostedZoneRequest xmlns=\"{ROUTE53}\"/>");
    let none = refused(&request("POST", path, &[], b""));
    assert!(none.contains("Value null at 'changeBatch'"), "{none}");
    for body in ["{}", "<a", foreign, other.as_str()] {
        assert!(
            refused(&request("POST", path, &[], body.as_bytes())).starts_with("Invalid XML ; "),
            "{body}"
        );
    }
    assert!(refused(&request("GET", path, &[], b"<a/>")).contains("has no body"));
}

/// Smithy, AWS restXml protocol: errors.
#[test]
fn a_rest_xml_answer_has_headers_and_a_document_and_an_error_the_query_protocols_form() {
    let service = tables::service("route53").unwrap();
    let operation = &service.operations["CreateHostedZone"];
    let output = json!({
        "Location": "https://x/1",
        "HostedZone": {"Id": "/hostedzone/Z1", "Name": "a.net.", "CallerReference": "r"},
        "ChangeInfo": {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": 1_700_000_000.5},
        "DelegationSet": {"NameServers": ["ns-1"]},
    });
    assert_eq!(output_mismatch(service, operation, &output), None);
    let created = request("POST", "/2013-04-01/hostedzone", &[], b"");
    let route = route(service, &created).unwrap();
    let reply = encode(service, operation, &route, &output, "rid");
    assert_eq!(reply.status, 201);
    assert!(reply.headers.contains(&("Location", "https://x/1".into())), "{:?}", reply.headers);
    let text = String::from_utf8(reply.body).unwrap();
    assert!(text.contains(&format!("<CreateHostedZoneResponse xmlns=\"{ROUTE53}\"><ChangeInfo>")), "{text}");
    assert!(text.contains("<NameServers><NameServer>ns-1</NameServer></NameServers>"), "{text}");
    assert!(text.contains("<SubmittedAt>2023-11-14T22:13:20.500Z</SubmittedAt>"), "{text}");
    assert!(!text.contains("Location"), "{text}");
    let fault = encode_fault(service, Protocol::RestXml, &Fault::bad("NoSuchHostedZone", "gone"), "rid");
    assert_eq!(fault.status, 404);
    let text = String::from_utf8(fault.body).unwrap();
    let said = "<Error><Type>Sender</Type><Code>NoSuchHostedZone</Code><Message>gone</Message></Error>";
    assert!(
        text.contains(&format!("<ErrorResponse xmlns=\"{ROUTE53}\">{said}<RequestId>rid</RequestId>")),
        "{text}"
    );
}
