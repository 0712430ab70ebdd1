//! What a server name is served under.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};

use super::authority::{Authority, Identity};
use super::client::{AnyCertificate, Trust};
use crate::acm::{Material, pem};
use crate::datapath;
use crate::world::World;

/// What a server name is served under.
#[derive(Debug)]
pub struct Site {
    /// The names of its certificate.
    names: Vec<String>,
    /// The certificate that was imported; else the simulator's authority signs one.
    imported: Option<Material>,
    /// Which clients are trusted, where clients must show certificates.
    pub trust: Option<Trust>,
}

/// The site of a server name: a custom domain name of any account and region, or a name of AWS's own.
pub fn of(world: &mut World, name: &str) -> Option<Site> {
    let Some((account, region, domain)) = datapath::domain_name(world, name) else {
        let own = name == "localhost" || name.ends_with(".amazonaws.com");
        return own.then(|| Site { names: vec![name.to_owned()], imported: None, trust: None });
    };
    let trust = domain.mutual_tls_authentication.map(|mutual| {
        let object = mutual.truststore_uri.strip_prefix("s3://").unwrap_or_default();
        let bundle = world.objects.get(object).cloned();
        Trust { uri: mutual.truststore_uri, bundle }
    });
    let arn = &domain.domain_name_configurations.first()?.certificate_arn;
    let region = world.regions().find(|r| r.account == account && r.name == region)?;
    let certificate = region.acm.certificates.get(arn)?;
    Some(Site { names: certificate.names.clone(), imported: certificate.material.clone(), trust })
}

impl Site {
    /// How connections to it are made.
    ///
    /// # Errors
    /// If the imported key is none or not the certificate's.
    pub fn config(&self) -> Result<ServerConfig, String> {
        let (chain, key) = match &self.imported {
            Some(material) => imported(material)?,
            None => Authority::get()?.issue(&self.names).map_err(|e| e.to_string())?,
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?;
        let builder = match self.trust {
            Some(_) => builder.with_client_cert_verifier(Arc::new(AnyCertificate::new(provider))),
            None => builder.with_no_client_auth(),
        };
        builder.with_single_cert(chain, key).map_err(|e| e.to_string())
    }
}

fn imported(material: &Material) -> Result<Identity, String> {
    let chain = material.chain.as_deref().unwrap_or_default();
    let certificates = [material.body.as_str(), chain].into_iter().filter_map(pem::read).flatten();
    let certificates = certificates.map(|block| CertificateDer::from(block.content)).collect();
    let mut keys = pem::read(&material.key).unwrap_or_default();
    let key = keys.pop().ok_or("its key is not PEM")?;
    let key: PrivateKeyDer<'static> = match key.label.as_str() {
        "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(key.content).into(),
        "EC PRIVATE KEY" => PrivateSec1KeyDer::from(key.content).into(),
        _ => PrivatePkcs8KeyDer::from(key.content).into(),
    };
    Ok((certificates, key))
}
