//! A service's integrations: one for each distinct timeout, whose text is the slot.

use super::keys;
use super::service::ServiceFacts;
use crate::model::integration::Integration;
use crate::model::{Body, Ref, ResourceKey, Slot};

/// The slot of the integration with this timeout in milliseconds: `10s`, `1500ms`.
pub fn slot(timeout_millis: u32) -> Slot {
    if timeout_millis.is_multiple_of(1000) {
        Slot(format!("{}s", timeout_millis / 1000))
    } else {
        Slot(format!("{timeout_millis}ms"))
    }
}

/// The timeout in milliseconds that [`slot`] was made from; `None` for any other text.
pub fn timeout_millis(slot: &Slot) -> Option<u32> {
    match slot.0.strip_suffix("ms") {
        Some(millis) => millis.parse().ok(),
        None => slot.0.strip_suffix('s')?.parse::<u32>().ok()?.checked_mul(1000),
    }
}

/// The integration in `slot`; `None` if the slot is no timeout.
///
/// With a named `stage`, AWS puts the stage's name in front of the path that the backend sees; the
/// mapping takes it off again.
pub fn integration(facts: &ServiceFacts, slot: &Slot, stage: &str) -> Option<(ResourceKey, Body<Ref>)> {
    let body = Integration {
        api: Ref::To(keys::api(&facts.class)),
        vpc_link: Ref::To(keys::vpc_link(&facts.class)),
        listener: Ref::To(keys::listener(&facts.owner)),
        timeout_millis: timeout_millis(slot)?,
        overwrite_path: (stage != "$default").then(|| "$request.path".to_owned()),
    };
    Some((keys::integration(&facts.owner, slot), Body::Integration(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_reads_back_as_its_timeout() {
        for (millis, text) in [(30_000, "30s"), (1_000, "1s"), (1_500, "1500ms"), (50, "50ms")] {
            assert_eq!(slot(millis), Slot::from(text));
            assert_eq!(timeout_millis(&slot(millis)), Some(millis));
        }
        assert_eq!(timeout_millis(&Slot::from("main")), None);
    }
}
