//! Storms: many services at once in bad weather, an AWS service that is away, credentials that expire,
//! one service that AWS refuses for ever. Everything comes to be, once, and goes; nobody starves.

mod away;
mod clock;
mod credentials;
mod fleet;
mod lane;
mod many;
mod poison;
