//! The lab against itself: one lab for all tests, a namespace for each.

#[cfg(test)]
mod shared;
#[cfg(test)]
mod stores;
