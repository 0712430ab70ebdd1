//! Gatewayed: one object, one locked-down entry path on Amazon EKS. This library is the operator; the
//! binary only parses its command line.

pub mod model;
