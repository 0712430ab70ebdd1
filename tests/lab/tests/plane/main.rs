//! The lab against itself: one lab for most tests, a namespace for each.

#[cfg(test)]
mod autoscaling;
#[cfg(test)]
mod deletion;
#[cfg(test)]
mod pods;
#[cfg(test)]
mod probes;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod waiting;
