//! Chance that can be had again.

use rand::SeedableRng;
use rand::rngs::StdRng;

/// A generator whose seed is printed; `GATEWAYED_SEED` gives the same run again.
pub fn seeded() -> (u64, StdRng) {
    let given = std::env::var("GATEWAYED_SEED").ok();
    let seed = given.map_or_else(|| u64::from(rand::random::<u32>()), |seed| seed.parse().expect("a number"));
    println!("GATEWAYED_SEED={seed} gives this run again");
    (seed, StdRng::seed_from_u64(seed))
}
