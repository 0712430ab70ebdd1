use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::domain::NAME;
use super::lab::{Answer, Lab, said, text};
use crate::acm::{self, Status};
use crate::seed::{ACCOUNT, REGION};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate that an authority signs, or one of its own, and its key.
struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn identity(ca: Option<&Authority>, name: &str, usage: ExtendedKeyUsagePurpose) -> Identity {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Shop, Example");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate().unwrap();
    let certificate = match ca {
        Some(ca) => params.signed_by(&key, ca).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    Identity { certificate, key }
}

fn client(ca: Option<&Authority>) -> Identity {
    identity(ca, "client.example", ExtendedKeyUsagePurpose::ClientAuth)
}

/// A domain name with its mapping, under a certificate that `ca` signed and that was imported.
fn domain(lab: &Lab, ca: &Authority, mutual: Option<&str>) {
    let server = identity(Some(ca), NAME, ExtendedKeyUsagePurpose::ServerAuth);
    let blob = |text: String| data_encoding::BASE64.encode(text.as_bytes());
    let input = json!({
        "Certificate": blob(server.certificate.pem()), "PrivateKey": blob(server.key.serialize_pem()),
    });
    let import = acm::handler("ImportCertificate").unwrap();
    let made = lab.server.with_world(|w| import(&mut w.call(ACCOUNT, REGION), &input)).unwrap();
    under(lab, &text(&made, "CertificateArn"), mutual);
}

fn under(lab: &Lab, certificate: &str, mutual: Option<&str>) {
    let mut input =
        json!({"DomainName": NAME, "DomainNameConfigurations": [{"CertificateArn": certificate}]});
    if let Some(uri) = mutual {
        let proof = lab.server.with_world(|w| crate::testing::issued(&mut w.call(ACCOUNT, REGION), &[NAME]));
        input["DomainNameConfigurations"][0]["OwnershipVerificationCertificateArn"] = json!(proof);
        input["MutualTlsAuthentication"] = json!({"TruststoreUri": uri});
    }
    lab.gw("CreateDomainName", input);
    lab.gw("CreateApiMapping", json!({"DomainName": NAME, "ApiId": lab.api, "Stage": "$default"}));
}

fn trust(lab: &Lab, object: &str, authorities: &[&Authority]) {
    let bundle = authorities.iter().map(|ca| ca.pem()).collect();
    lab.server.with_world(|w| w.objects.insert(object.to_owned(), bundle));
}

/// The authority of what ACM issued, as clients learn of it.
async fn simulated_authority(lab: &Lab) -> Vec<u8> {
    let answer = lab.send(Request::get("/_awsim/ca").header("host", "localhost")).await;
    acm::pem::read(std::str::from_utf8(&answer.body).unwrap()).unwrap().remove(0).content
}

/// Asks for `/a` over TLS.
async fn ask(lab: &Lab, root: &[u8], names: (&str, &str), own: Option<&Identity>) -> Result<Answer, String> {
    let (server_name, host) = names;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => config.with_no_client_auth(),
        Some(own) => {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.key.serialize_der()));
            config.with_client_auth_cert(vec![own.certificate.der().clone()], key).unwrap()
        }
    };
    let stream = TcpStream::connect(lab.server.tls_addr().unwrap()).await.unwrap();
    let name = ServerName::try_from(server_name.to_owned()).unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let stream = stream.map_err(|e| e.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/a").header("host", host).body(Full::<bytes::Bytes>::default()).unwrap();
    let answered = sender.send_request(request).await.map_err(|e| e.to_string());
    let (parts, body) = match answered {
        Ok(answer) => answer.into_parts(),
        // What the server said before it closed is told by the connection.
        Err(e) => return Err(connection.await.unwrap().err().map_or(e, |e| format!("{e:?}"))),
    };
    let body = body.collect().await.unwrap().to_bytes();
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

/// AGD, custom domain names: under the certificate that the name is configured with, imported or
/// issued by ACM.
#[tokio::test]
async fn a_custom_domain_is_served_over_tls_under_its_certificate() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    let ca = authority("shop");
    domain(&lab, &ca, None);
    let answer = ask(&lab, ca.der(), (NAME, NAME), None).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.json()["headers"]["host"]), (200, &json!(NAME)));
    let strange = ask(&lab, ca.der(), ("other.example", NAME), None).await;
    assert!(strange.is_err(), "nothing is served under a name that nobody has");

    lab.gw("DeleteDomainName", json!({"DomainName": NAME}));
    let input = json!({"DomainName": "*.shop.example", "ValidationMethod": "DNS"});
    let request = acm::handler("RequestCertificate").unwrap();
    let arn = lab.server.with_world(|w| {
        let mut call = w.call(ACCOUNT, REGION);
        let arn = text(&request(&mut call, &input).unwrap(), "CertificateArn");
        let now = call.now;
        let certificate = call.region.acm.certificates.get_mut(&arn).unwrap();
        (certificate.status, certificate.valid) =
            (Status::Issued, Some((now, crate::clock::SimTime(u64::MAX))));
        arn
    });
    under(&lab, &arn, None);
    let root = simulated_authority(&lab).await;
    assert_eq!(ask(&lab, &root, (NAME, NAME), None).await.unwrap().status, 200);
}

/// AGD and re:Post, mutual TLS: 403 for a certificate whose issuer is not in the truststore or that is
/// self-signed. That a client without one fails the handshake is inferred.
#[tokio::test]
async fn only_clients_with_a_trusted_certificate_reach_a_domain_with_mutual_tls() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    let (ca, partners, strangers) = (authority("shop"), authority("partners"), authority("strangers"));
    trust(&lab, "trust/store.pem", &[&partners]);
    domain(&lab, &ca, Some("s3://trust/store.pem"));
    let ask = |own: Option<Identity>| {
        let lab = &lab;
        let root = ca.der();
        async move { ask(lab, root, (NAME, NAME), own.as_ref()).await }
    };
    assert_eq!(ask(Some(client(Some(&partners)))).await.unwrap().status, 200);
    for (own, reason) in [
        (client(Some(&strangers)), "Could not find issuer for certificate"),
        (client(None), "self signed certificate"),
    ] {
        assert_eq!(ask(Some(own)).await.unwrap().refusal(), said(403, "Forbidden"));
        assert_eq!(lab.trace().why.unwrap(), format!("Access denied. Reason: {reason}"));
    }
    let refused = ask(None).await.err().unwrap();
    assert!(refused.contains("CertificateRequired"), "{refused}");
    // The plain port cannot tell who asks.
    let plain = super::domain::get(&lab, NAME, "/a").await;
    assert_eq!(plain.refusal(), said(403, "Forbidden"));
    assert!(lab.trace().why.unwrap().contains("--tls-listen"));
    // The truststore is an object that a seed names.
    lab.server.with_world(|w| w.objects.clear());
    assert_eq!(ask(Some(client(Some(&partners)))).await.unwrap().refusal(), said(403, "Forbidden"));
    assert!(lab.trace().why.unwrap().contains("there is no object s3://trust/store.pem"));
}

/// AGD, logging variables: `$context.identity.clientCert`, for mappings too.
#[tokio::test]
async fn what_a_clients_certificate_says_can_be_mapped() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    let (ca, partners) = (authority("shop"), authority("partners"));
    trust(&lab, "trust/store.pem", &[&partners]);
    domain(&lab, &ca, Some("s3://trust/store.pem"));
    let mapped = |name: &str| json!(format!("$context.identity.clientCert.{name}"));
    lab.change(
        "UpdateIntegration",
        json!({"RequestParameters": {
            "append:header.x-subject": mapped("subjectDN"), "append:header.x-issuer": mapped("issuerDN"),
            "append:header.x-serial": mapped("serialNumber"),
            "append:header.x-until": mapped("validity.notAfter"),
        }}),
    );
    let answer = ask(&lab, ca.der(), (NAME, NAME), Some(&client(Some(&partners)))).await.unwrap();
    let headers: Value = answer.json()["headers"].clone();
    assert_eq!(headers["x-subject"], "CN=client.example,O=Shop\\, Example");
    assert_eq!(headers["x-issuer"], "CN=partners");
    assert_eq!(headers["x-until"], "Jan  1 00:00:00 4096 GMT");
    let serial = headers["x-serial"].as_str().unwrap();
    assert!(serial.split(':').all(|pair| pair.len() == 2) && serial.len() > 20, "{serial}");
}

/// AGD, mutual TLS: the default endpoint asks for no certificate, unless it is disabled; a connection
/// to another name does not open this one.
#[tokio::test]
async fn other_names_are_served_without_a_certificate_and_do_not_open_a_domain_with_mutual_tls() {
    let lab = Lab::with_routes(&["GET /a"]).await;
    let ca = authority("shop");
    domain(&lab, &ca, Some("s3://trust/store.pem"));
    let (root, host) = (simulated_authority(&lab).await, lab.host());
    assert_eq!(ask(&lab, &root, (&host, &host), None).await.unwrap().status, 200);
    let through = ask(&lab, &root, (&host, NAME), None).await.unwrap();
    assert_eq!(through.refusal(), said(403, "Forbidden"));
    assert_eq!(lab.trace().why.unwrap(), format!("the connection was made to '{host}', not to '{NAME}'"));
    lab.change("UpdateApi", json!({"DisableExecuteApiEndpoint": true}));
    assert_eq!(ask(&lab, &root, (&host, &host), None).await.unwrap().refusal(), said(404, "Not Found"));
}
