//! What a container's configuration refers to: Secrets and ConfigMaps in its environment, and in
//! its pod's volumes. IO: reads them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, EnvVarSource, Pod, Secret};
use kube::{Api, Client, ResourceExt};

/// A container's environment, by name.
pub(super) type Env = BTreeMap<String, String>;

/// Why a container cannot start yet.
#[derive(Debug)]
pub(super) enum Lack {
    /// Reason CreateContainerConfigError, with the kubelet's message.
    Environment(String),
    /// A volume cannot be mounted: reason ContainerCreating, as long as it takes.
    Volume(String),
    /// The API server could not be asked.
    Unknown(kube::Error),
}

impl From<kube::Error> for Lack {
    fn from(e: kube::Error) -> Lack {
        Lack::Unknown(e)
    }
}

type Data = BTreeMap<String, String>;

/// Reads objects of one namespace.
struct Reader {
    secrets: Api<Secret>,
    config_maps: Api<ConfigMap>,
    namespace: String,
}

/// Checks that every object that is not optional exists, and resolves the environment.
pub(super) async fn resolve(client: &Client, pod: &Pod, container: &Container) -> Result<Env, Lack> {
    let namespace = pod.namespace().unwrap_or_default();
    let reader = Reader {
        secrets: Api::namespaced(client.clone(), &namespace),
        config_maps: Api::namespaced(client.clone(), &namespace),
        namespace,
    };
    volumes(&reader, pod).await?;
    let mut env = Env::new();
    for from in container.env_from.iter().flatten() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        let mut data = Data::new();
        if let Some(source) = &from.config_map_ref {
            data.extend(reader.config_map(&source.name, source.optional).await?);
        }
        if let Some(source) = &from.secret_ref {
            data.extend(reader.secret(&source.name, source.optional).await?);
        }
        env.extend(data.into_iter().map(|(key, value)| (format!("{prefix}{key}"), value)));
    }
    for variable in container.env.iter().flatten() {
        if let Some(value) = value(&reader, pod, variable).await? {
            env.insert(variable.name.clone(), value);
        }
    }
    Ok(env)
}

async fn value(reader: &Reader, pod: &Pod, variable: &EnvVar) -> Result<Option<String>, Lack> {
    let Some(EnvVarSource { config_map_key_ref, field_ref, resource_field_ref: _, secret_key_ref }) =
        &variable.value_from
    else {
        return Ok(Some(variable.value.clone().unwrap_or_default()));
    };
    if let Some(source) = config_map_key_ref {
        let data = reader.config_map(&source.name, source.optional).await?;
        return reader.key(data, "ConfigMap", &source.name, &source.key, source.optional);
    }
    if let Some(source) = secret_key_ref {
        let data = reader.secret(&source.name, source.optional).await?;
        return reader.key(data, "Secret", &source.name, &source.key, source.optional);
    }
    Ok(field_ref.as_ref().map(|source| field(pod, &source.field_path)))
}

/// The downward API; what this pod has no value for is empty.
fn field(pod: &Pod, path: &str) -> String {
    let spec = pod.spec.as_ref();
    let status = pod.status.as_ref();
    let value = match path {
        "metadata.name" => pod.metadata.name.clone(),
        "metadata.namespace" => pod.metadata.namespace.clone(),
        "metadata.uid" => pod.metadata.uid.clone(),
        "spec.nodeName" => spec.and_then(|s| s.node_name.clone()),
        "spec.serviceAccountName" => spec.and_then(|s| s.service_account_name.clone()),
        "status.hostIP" => status.and_then(|s| s.host_ip.clone()),
        "status.podIP" => status.and_then(|s| s.pod_ip.clone()),
        _ => keyed(path, "metadata.labels")
            .map(|key| pod.labels().get(key).cloned())
            .or_else(|| keyed(path, "metadata.annotations").map(|key| pod.annotations().get(key).cloned()))
            .flatten(),
    };
    value.unwrap_or_default()
}

/// The key of `metadata.labels['key']`.
fn keyed<'a>(path: &'a str, map: &str) -> Option<&'a str> {
    path.strip_prefix(map)?.strip_prefix("['")?.strip_suffix("']")
}

async fn volumes(reader: &Reader, pod: &Pod) -> Result<(), Lack> {
    let volume_lack = |lack| match lack {
        Lack::Environment(message) => Lack::Volume(message),
        other => other,
    };
    for volume in pod.spec.iter().flat_map(|s| s.volumes.iter().flatten()) {
        if let Some(source) = &volume.secret {
            let name = source.secret_name.as_deref().unwrap_or_default();
            reader.secret(name, source.optional).await.map_err(volume_lack)?;
        }
        if let Some(source) = &volume.config_map {
            reader.config_map(&source.name, source.optional).await.map_err(volume_lack)?;
        }
        for source in volume.projected.iter().flat_map(|p| p.sources.iter().flatten()) {
            if let Some(source) = &source.secret {
                reader.secret(&source.name, source.optional).await.map_err(volume_lack)?;
            }
            if let Some(source) = &source.config_map {
                reader.config_map(&source.name, source.optional).await.map_err(volume_lack)?;
            }
        }
    }
    Ok(())
}

impl Reader {
    async fn secret(&self, name: &str, optional: Option<bool>) -> Result<Data, Lack> {
        match self.secrets.get_opt(name).await? {
            Some(secret) => Ok(secret.data.unwrap_or_default().into_iter().map(text).collect()),
            None if optional == Some(true) => Ok(Data::new()),
            None => Err(Lack::Environment(format!("secret \"{name}\" not found"))),
        }
    }

    async fn config_map(&self, name: &str, optional: Option<bool>) -> Result<Data, Lack> {
        match self.config_maps.get_opt(name).await? {
            Some(map) => Ok(map.data.unwrap_or_default()),
            None if optional == Some(true) => Ok(Data::new()),
            None => Err(Lack::Environment(format!("configmap \"{name}\" not found"))),
        }
    }

    fn key(
        &self,
        mut data: Data,
        kind: &str,
        name: &str,
        key: &str,
        optional: Option<bool>,
    ) -> Result<Option<String>, Lack> {
        match data.remove(key) {
            None if optional != Some(true) => {
                Err(Lack::Environment(format!("couldn't find key {key} in {kind} {}/{name}", self.namespace)))
            }
            value => Ok(value),
        }
    }
}

fn text((key, value): (String, k8s_openapi::ByteString)) -> (String, String) {
    (key, String::from_utf8_lossy(&value.0).into_owned())
}
