//! Fresh certificates for one control plane: an authority, the API server's and every client's
//! certificate, a front-proxy authority for the aggregation layer, the service-account key. All
//! keys are ECDSA P-256. IO: writes the files.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use crate::LabError;

/// A certificate and its key, PEM.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// Everything that was made. The files `ca.crt`, `ca.key`, `apiserver.crt`, … lie in `folder`.
#[derive(Clone, Debug)]
pub struct Pki {
    /// Where the files are.
    pub folder: PathBuf,
    /// The authority's certificate, PEM.
    pub ca: String,
    /// A member of `system:masters`.
    pub admin: Identity,
    /// kube-controller-manager.
    pub controller_manager: Identity,
    /// kube-scheduler.
    pub scheduler: Identity,
    /// The server certificate of the metrics API, for `localhost` and its Service's names.
    pub metrics: Identity,
}

/// The Service through which the API server reaches the metrics API: namespace and name.
pub const METRICS_SERVICE: (&str, &str) = ("kube-system", "lab-metrics");

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Makes everything anew.
///
/// # Errors
/// If a key cannot be made or a file not be written.
pub fn make(folder: &Path) -> Result<Pki, LabError> {
    std::fs::create_dir_all(folder).map_err(LabError::file("create", folder))?;
    let ca = authority("lab-ca")?;
    let front = authority("lab-front-proxy-ca")?;
    let apiserver = server(
        &ca,
        "kube-apiserver",
        &[
            "127.0.0.1",
            "10.96.0.1",
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
        ],
    )?;
    let (namespace, name) = METRICS_SERVICE;
    let metrics = server(&ca, name, &["localhost", &format!("{name}.{namespace}.svc")])?;
    let front_client = client(&front, "front-proxy-client", None)?;
    let service_account = KeyPair::generate()?;
    let write = |file: &str, text: &str| {
        let path = folder.join(file);
        std::fs::write(&path, text).map_err(LabError::file("write", &path))
    };
    write("ca.crt", &ca.pem())?;
    write("ca.key", &ca.key().serialize_pem())?;
    write("front-proxy-ca.crt", &front.pem())?;
    write("front-proxy-client.crt", &front_client.certificate)?;
    write("front-proxy-client.key", &front_client.key)?;
    write("apiserver.crt", &apiserver.certificate)?;
    write("apiserver.key", &apiserver.key)?;
    write("service-account.key", &service_account.serialize_pem())?;
    write("service-account.pub", &service_account.public_key_pem())?;
    Ok(Pki {
        folder: folder.to_owned(),
        ca: ca.pem(),
        admin: client(&ca, "lab-admin", Some("system:masters"))?,
        controller_manager: client(&ca, "system:kube-controller-manager", None)?,
        scheduler: client(&ca, "system:kube-scheduler", None)?,
        metrics,
    })
}

fn authority(name: &str) -> Result<Authority, LabError> {
    let mut params = named(name, None, &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn server(ca: &Authority, name: &str, at: &[&str]) -> Result<Identity, LabError> {
    let mut params = named(name, None, at)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    sign(ca, params)
}

/// Kubernetes takes the common name as the user and the organization as a group.
fn client(ca: &Authority, user: &str, group: Option<&str>) -> Result<Identity, LabError> {
    let mut params = named(user, group, &[])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    sign(ca, params)
}

fn named(name: &str, organization: Option<&str>, at: &[&str]) -> Result<CertificateParams, LabError> {
    let mut params = CertificateParams::new(at.iter().map(|&s| s.to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(organization) = organization {
        params.distinguished_name.push(DnType::OrganizationName, organization);
    }
    Ok(params)
}

fn sign(ca: &Authority, mut params: CertificateParams) -> Result<Identity, LabError> {
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?.pem();
    Ok(Identity { certificate, key: key.serialize_pem() })
}
