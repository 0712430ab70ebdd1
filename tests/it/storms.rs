//! Storms: many services at once in bad weather, an AWS service that is away, credentials that expire,
//! one service that AWS refuses for ever. Everything comes to be, once, and goes; nobody starves.

mod fleet;
mod many;
