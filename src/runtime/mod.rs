//! What a process needs around the controllers: its clock, logs, metrics, HTTP and an orderly end.

pub mod boottime;
pub mod clock;
pub mod http;
pub mod metrics;
pub mod telemetry;
pub mod vital;
