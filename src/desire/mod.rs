//! From validated objects to what they need: [`fold`](fold::fold) shares the class's things out
//! among its services. Pure: no IO, no clock.

pub mod fold;
mod fold_places;
mod fold_routes;
pub mod quota;
pub mod route_key;

#[cfg(test)]
mod fold_tests;
