//! A cluster to test against on one machine: a real Kubernetes control plane (etcd,
//! kube-apiserver, kube-controller-manager, kube-scheduler), a fake kubelet whose pods answer
//! HTTP, a metrics API that makes the HPA really scale, and awsim.
//!
//! In: Go (once, to build the control plane) and a [`LabConfig`]. Out: a [`Lab`] with a
//! kubeconfig and the environment of the simulated AWS. It listens on and dials loopback only.
//!
//! * [`build`]: the control plane's binaries, built once into a [`cache`] outside the checkout.
//! * [`tools`]: kubectl and helm, found or fetched.
//! * [`plane`]: the processes, their certificates and flags, their end.
//! * [`kubelet`]: nodes and pods.
//! * [`metrics`]: what pods use, for the HPA.
//! * [`lab`]: all of it together.
//! * [`operator`]: the operator as a process beside it.

pub mod aws;
pub mod build;
pub mod cache;
pub mod error;
pub mod kubelet;
pub mod lab;
pub mod metrics;
pub mod operator;
pub mod plane;
pub mod progress;
pub mod tools;

pub use error::LabError;
pub use lab::{Lab, LabConfig};
