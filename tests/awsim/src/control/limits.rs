//! The doors of quotas and throttles: `GET` tells what is set, `POST` changes it, all or nothing.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use http::Method;
use serde_json::{Value, json};

use super::{read, with_world};
use crate::pipeline::Pipeline;
use crate::wire::Request;

/// Serves a request to `quotas` or `throttles`.
///
/// # Errors
/// What is wrong with the changes.
pub(super) fn serve(pipeline: &Pipeline, request: &Request, door: &str) -> Result<Value, String> {
    let changes: Option<BTreeMap<String, Value>> = match request.method {
        Method::POST => Some(read(request)?),
        _ => None,
    };
    match door {
        "quotas" => quotas(pipeline, changes),
        _ => throttles(pipeline, changes),
    }
}

fn quotas(pipeline: &Pipeline, changes: Option<BTreeMap<String, Value>>) -> Result<Value, String> {
    with_world(pipeline, |world| {
        if let Some(changes) = changes {
            world.options.quotas.change(&changes)?;
        }
        Ok(world.options.quotas.to_json())
    })
}

/// `on` switches all of them, beside what the rates' own changes take.
fn throttles(pipeline: &Pipeline, changes: Option<BTreeMap<String, Value>>) -> Result<Value, String> {
    let (on, scale, rates) = with_world(pipeline, |world| {
        if let Some(mut changes) = changes {
            let on =
                changes.remove("on").map(|on| on.as_bool().ok_or("on: must be true or false")).transpose()?;
            world.options.throttles.change(&changes)?;
            world.options.throttling = on.unwrap_or(world.options.throttling);
        }
        let options = &world.options;
        Ok::<_, String>((options.throttling, options.throttles.scale(), options.throttles.to_json()))
    })?;
    let levels =
        pipeline.throttle.lock().unwrap_or_else(PoisonError::into_inner).levels(pipeline.clock.now());
    Ok(json!({"on": on, "scale": scale, "classes": rates, "levels": levels}))
}
