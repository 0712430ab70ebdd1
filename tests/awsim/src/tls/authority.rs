//! The authority that signs what ACM would have issued. One a process, made when it is first needed:
//! `GET /_awsim/ca` gives its certificate, which clients must be told to trust.
//!
//! Its certificates are valid whenever, not for ACM's 198 days from the simulated clock: clients look
//! at their own clock.

use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A chain, the server's own certificate first, and its key.
pub type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The authority.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// The one of this process.
    ///
    /// # Errors
    /// If no key can be made.
    pub fn get() -> Result<&'static Authority, String> {
        static ONE: OnceLock<Result<Authority, String>> = OnceLock::new();
        ONE.get_or_init(|| Authority::new().map_err(|e| e.to_string())).as_ref().map_err(Clone::clone)
    }

    fn new() -> Result<Authority, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, "awsim");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        Ok(Authority(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Its certificate, PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate of these DNS names, which may have a wildcard, with a fresh key.
    ///
    /// # Errors
    /// If a name is none, or no key can be made.
    pub fn issue(&self, names: &[String]) -> Result<Identity, rcgen::Error> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, names.first().map_or("", String::as_str));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((vec![certificate.der().clone()], key))
    }
}
