//! What the real API server makes of our definitions: every rule and bound, with its message.

mod agreement;
mod class;
pub mod objects;
mod printing;
mod scale;
mod service;
mod stored;
mod transitions;
