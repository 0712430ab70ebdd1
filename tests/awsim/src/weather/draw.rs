//! Chance that can be repeated.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// What chance has in store for one call; each number is at least 0 and less than 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draws {
    /// Which of the effects befalls it, if any.
    pub fate: f64,
    /// Which of the delays does, if any.
    pub pace: f64,
    /// How long that delay is.
    pub delay: f64,
    /// Which of several errors a service answers.
    pub which: f64,
}

impl Draws {
    /// For call `number` of an operation. It depends on nothing else, so what other operations or
    /// services are called in between changes nothing.
    pub fn of(seed: u64, service: &str, operation: &str, number: u64) -> Draws {
        let mut key = Sha256::new();
        key.update(seed.to_be_bytes());
        key.update(number.to_be_bytes());
        for name in [service, operation] {
            key.update(name.as_bytes());
            key.update([0]);
        }
        let mut rng = ChaCha8Rng::from_seed(key.finalize().into());
        Draws { fate: rng.random(), pace: rng.random(), delay: rng.random(), which: rng.random() }
    }
}
