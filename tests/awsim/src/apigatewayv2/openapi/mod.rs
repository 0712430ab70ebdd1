//! OpenAPI 3.0: APIs from definitions, and definitions of APIs (AGD, "Working with OpenAPI
//! definitions for HTTP APIs").
//!
//! * [`document`]: the text of a definition, and its base path.
//! * [`definition`]: what it says, as the inputs of the operations that would make the same.
//! * [`export`]: the way back.
//!
//! An extension of API Gateway's, or a property of one, that is not understood is refused by name
//! (501). What HTTP APIs do not use is told as information, what OpenAPI does not have as a warning.

mod definition;
mod document;
mod export;

use serde_json::{Value, json};

use super::api::{self, Api, HttpApi};
use super::change::change;
use super::error::{bad, not_found, quota};
use super::{authorizer, integration, route, tags};
use crate::fault::Fault;
use crate::input::{flag, text};
use crate::quota::Quota;
use crate::world::Call;
use definition::{Base, Definition};

/// ImportApi: a new API, whole or not at all. It has no stage yet.
pub fn import(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let definition = read(call, input)?;
    api::check_room(call)?;
    tags::check(&definition.tags, &call.options.quotas)?;
    let id = call.ids.alphanumeric(10);
    let mut made = HttpApi::empty(Api::new(&id, &call.region.name, call.now));
    made.api.tags.clone_from(&definition.tags);
    fill(call, &mut made, &definition)?;
    let reply = reply(&made.api, &definition);
    call.region.apigatewayv2.apis.insert(id, made);
    Ok(reply)
}

/// ReimportApi: routes, integrations, authorizers and CORS are those of the definition from now
/// on, with new ids; stages, deployments and tags stay (that all of it is replaced is inferred from
/// Terraform, which sets the API's attributes again after each reimport: TF 12567).
pub fn reimport(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let old = api::find(call.region, input)?.api.clone();
    let definition = read(call, input)?;
    let mut made = HttpApi::empty(Api { description: None, version: None, cors_configuration: None, ..old });
    made.api.tags.extend(definition.tags.clone());
    tags::check(&made.api.tags, &call.options.quotas)?;
    fill(call, &mut made, &definition)?;
    change(call, input, |api, _| {
        let HttpApi { api: settings, integrations, routes, authorizers, .. } = made;
        (api.integrations, api.routes, api.authorizers) = (integrations, routes, authorizers);
        api.api = settings;
        Ok(reply(&api.api, &definition))
    })
}

fn read(call: &Call<'_>, input: &Value) -> Result<Definition, Fault> {
    let base = match text(input, "Basepath").unwrap_or("ignore") {
        "ignore" => Base::Ignore,
        "prepend" => Base::Prepend,
        "split" => Base::Split,
        other => return Err(bad(format!("Invalid basepath '{other}': must be ignore, prepend or split"))),
    };
    let document = document::read(text(input, "Body").unwrap_or_default(), call.region)?;
    let definition = definition::read(&document, base)?;
    if flag(input, "FailOnWarnings") == Some(true) && !definition.warnings.is_empty() {
        return Err(bad(format!("Warnings found during import:\n\t{}", definition.warnings.join("\n\t"))));
    }
    Ok(definition)
}

/// Makes what the definition says, by the checks that each operation makes.
fn fill(call: &mut Call<'_>, to: &mut HttpApi, definition: &Definition) -> Result<(), Fault> {
    let quotas = &call.options.quotas;
    api::set(&mut to.api, &definition.api)?;
    for given in &definition.authorizers {
        authorizer::check_issuer(call, given)?;
        authorizer::add(to, call.ids, given, quotas)?;
    }
    let mut ids = std::collections::BTreeMap::new();
    for (name, given) in &definition.integrations {
        quota(to.integrations.len(), quotas.get(Quota::IntegrationsPerApi), "Integrations")?;
        let mut integration = integration::build(given, call.region, call.now)?;
        integration.integration_id = call.ids.alphanumeric(7);
        ids.insert(name, integration.integration_id.clone());
        to.integrations.insert(integration.integration_id.clone(), integration);
    }
    for new in &definition.routes {
        let mut given = new.input.clone();
        if let Some(id) = new.integration.as_ref().and_then(|name| ids.get(name)) {
            given["Target"] = json!(format!("integrations/{id}"));
        }
        let named = |name: &String| to.authorizers.values().find(|a| a.name == *name);
        if let Some(authorizer) = new.authorizer.as_ref().and_then(named) {
            given["AuthorizerId"] = json!(authorizer.authorizer_id);
        }
        route::add(to, call.ids, &given, quotas)?;
    }
    Ok(())
}

fn reply(api: &Api, definition: &Definition) -> Value {
    let mut reply = json!(api);
    for (member, messages) in [("ImportInfo", &definition.info), ("Warnings", &definition.warnings)] {
        if !messages.is_empty() {
            reply[member] = json!(messages);
        }
    }
    reply
}

/// ExportApi: the API as it is, or as a stage serves it.
pub fn export(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let api = api::find(call.region, input)?;
    for (member, allowed) in
        [("Specification", &["OAS30"][..]), ("OutputType", &["JSON", "YAML"]), ("ExportVersion", &["1.0"])]
    {
        if let Some(given) = text(input, member).filter(|given| !allowed.contains(given)) {
            return Err(bad(format!("Invalid {member} '{given}': must be {}", allowed.join(" or "))));
        }
    }
    let extensions = flag(input, "IncludeExtensions").unwrap_or(true);
    let document = match text(input, "StageName") {
        None => export::document(&export::View::of(api), extensions),
        Some(name) => {
            let stage = api.stages.get(name).ok_or_else(|| not_found("stage", name))?;
            let live = stage.live.as_ref().ok_or_else(|| bad(format!("Stage '{name}' has no deployment")))?;
            export::document(&export::View::deployed(api, name, live), extensions)
        }
    };
    let written = match text(input, "OutputType") {
        Some("YAML") => serde_saphyr::to_string(&document).map_err(|e| e.to_string()),
        _ => serde_json::to_string_pretty(&document).map_err(|e| e.to_string()),
    };
    let written = written.map_err(|why| Fault::new(500, "InternalFailure", why))?;
    Ok(json!({ "body": data_encoding::BASE64.encode(written.as_bytes()) }))
}
