//! Certificates that clients show, and whether the truststore of a custom domain name trusts them
//! (AGD, "Mutual TLS authentication for an HTTP API"; the reasons are those of re:Post, "Troubleshoot
//! HTTP 403 errors from a custom domain name that requires mutual TLS").

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::acm::{Facts, pem, x509};
use crate::clock::SimTime;

/// Certificates of authorities from a client's up to its root, at most (AGD, mutual TLS).
const MAX_CHAIN: usize = 4;

/// What a client told when it connected; an extension of its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The server name that it asked for, in lower case.
    pub server_name: String,
    /// What it showed, if the name wants clients to show one.
    pub certificate: Option<Shown>,
}

/// The certificate of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The certificate itself.
    pub pem: String,
    /// What it says.
    pub facts: Facts,
    /// Why it is not trusted; `None` if it is.
    pub denied: Option<String>,
}

/// A truststore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// `s3://BUCKET/KEY`
    pub uri: String,
    /// The object's text, PEM; `None` if there is no such object.
    pub bundle: Option<String>,
}

impl Shown {
    /// The variables of mappings and access logs: `identity.clientCert.…` (AGD, logging variables).
    /// Distinguished names are written as RFC 2253 does, which is inferred from events that Lambda
    /// functions got.
    pub fn variables(&self) -> [(&'static str, String); 6] {
        let (from, until) = self.facts.valid;
        [
            ("identity.clientCert.clientCertPem", self.pem.clone()),
            ("identity.clientCert.subjectDN", self.facts.subject_dn.clone()),
            ("identity.clientCert.issuerDN", self.facts.issuer_dn.clone()),
            ("identity.clientCert.serialNumber", self.facts.serial.clone()),
            ("identity.clientCert.validity.notBefore", written(from)),
            ("identity.clientCert.validity.notAfter", written(until)),
        ]
    }
}

/// `May 28 12:30:02 2019 GMT` (AGD, Lambda authorizers, example of an event).
fn written(time: SimTime) -> String {
    let time = i64::try_from(time.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.map(|time| time.strftime("%b %e %H:%M:%S %Y GMT").to_string()).unwrap_or_default()
}

/// Reads a client's certificate and says whether the truststore trusts it: it must have been issued,
/// validly now, by an authority of the truststore, which must hold the whole chain up to a root.
/// Whether API Gateway would take certificates between from the client is not known; it looks for the
/// issuer "in your truststore" (re:Post).
pub fn judge(certificate: &CertificateDer<'_>, trust: &Trust, now: SimTime) -> Shown {
    let base64 = data_encoding::BASE64.encode(certificate);
    let lines: Vec<String> =
        base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    let Some(facts) = x509::read(certificate) else {
        let denied = Some("Could not read the certificate".to_owned());
        return Shown { pem, facts: Facts::default(), denied };
    };
    let denied = verdict(certificate, &facts, trust, now).err();
    Shown { pem, facts, denied }
}

fn verdict(
    certificate: &CertificateDer<'_>,
    facts: &Facts,
    trust: &Trust,
    now: SimTime,
) -> Result<(), String> {
    if facts.subject_dn == facts.issuer_dn {
        return Err("self signed certificate".to_owned());
    }
    let Some(bundle) = &trust.bundle else {
        return Err(format!("there is no object {}; a seed's s3 names the files of objects", trust.uri));
    };
    let blocks = pem::read(bundle).unwrap_or_default();
    let blocks: Vec<_> = blocks.into_iter().filter(|block| block.label == "CERTIFICATE").collect();
    let authorities: Vec<Facts> = blocks.iter().filter_map(|block| x509::read(&block.content)).collect();
    let mut roots = RootCertStore::empty();
    // What cannot be read trusts nobody; AWS only warns of it (`TruststoreWarnings`).
    roots.add_parsable_certificates(blocks.into_iter().map(|block| CertificateDer::from(block.content)));
    let unknown = || "Could not find issuer for certificate".to_owned();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let verifier = verifier.build().map_err(|_| unknown())?;
    let time = UnixTime::since_unix_epoch(Duration::from_millis(now.0));
    verifier.verify_client_cert(certificate, &[], time).map_err(|e| match e {
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => "the certificate is not valid now".to_owned(),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => unknown(),
        e => format!("{}: {e}", unknown()),
    })?;
    let found = reaches_root(&authorities, &facts.issuer_dn);
    found.then_some(()).ok_or_else(unknown)
}

/// Whether the authorities lead from an issuer to a root, in so many steps as are allowed.
fn reaches_root(authorities: &[Facts], issuer: &str) -> bool {
    let mut wanted = issuer;
    for _ in 0..MAX_CHAIN {
        match authorities.iter().find(|authority| authority.subject_dn == wanted) {
            Some(root) if root.issuer_dn == root.subject_dn => return true,
            Some(between) => wanted = &between.issuer_dn,
            None => return false,
        }
    }
    false
}

/// Wants a certificate of every client and takes any whose key the client has: whether it is trusted
/// decides about its requests, not about the connection.
#[derive(Debug)]
pub struct AnyCertificate(Arc<CryptoProvider>);

impl AnyCertificate {
    /// With the algorithms of the provider.
    pub fn new(provider: Arc<CryptoProvider>) -> AnyCertificate {
        AnyCertificate(provider)
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    type Authority = CertifiedIssuer<'static, KeyPair>;

    const NOW: SimTime = SimTime(1_700_000_000_000);

    fn params(name: &str, authority: bool) -> CertificateParams {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    }

    /// A root and so many authorities below it, each below the one before.
    fn line(below: usize) -> Vec<Authority> {
        let root = CertifiedIssuer::self_signed(params("root", true), KeyPair::generate().unwrap()).unwrap();
        let mut line = vec![root];
        for n in 0..below {
            let (params, key) = (params(&format!("ca {n}"), true), KeyPair::generate().unwrap());
            line.push(CertifiedIssuer::signed_by(params, key, line.last().unwrap()).unwrap());
        }
        line
    }

    fn denied(
        issuer: &Authority,
        trusted: &[Authority],
        change: fn(&mut CertificateParams),
    ) -> Option<String> {
        let mut params = params("client", false);
        change(&mut params);
        let certificate = params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap();
        let bundle = trusted.iter().map(|ca| ca.pem()).collect();
        let trust = Trust { uri: "s3://trust/store.pem".to_owned(), bundle: Some(bundle) };
        judge(certificate.der(), &trust, NOW).denied
    }

    /// AGD, mutual TLS: the truststore holds the whole chain, of four at most.
    #[test]
    fn the_truststore_must_lead_to_a_root_in_four_steps() {
        let unknown = Some("Could not find issuer for certificate".to_owned());
        let line = line(4);
        assert_eq!(denied(&line[0], &line[..1], |_| ()), None);
        assert_eq!(denied(&line[3], &line[..4], |_| ()), None);
        assert_eq!(denied(&line[4], &line, |_| ()), unknown, "five");
        assert_eq!(denied(&line[1], &line[1..2], |_| ()), unknown, "without the root");
        assert_eq!(denied(&line[1], &line[..1], |_| ()), unknown, "without the issuer");
        assert_eq!(denied(&line[0], &[], |_| ()), unknown);
    }

    /// AGD, mutual TLS: the certificate's validity period must be current.
    #[test]
    fn a_certificate_must_be_valid_now() {
        let line = line(0);
        let over = |params: &mut CertificateParams| params.not_after = rcgen::date_time_ymd(2023, 1, 1);
        assert_eq!(denied(&line[0], &line, over).as_deref(), Some("the certificate is not valid now"));
    }
}
