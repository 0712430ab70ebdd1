//! Who may do what: identity policies, evaluated as AWS does.

pub mod denial;
