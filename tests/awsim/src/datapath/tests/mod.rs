//! Requests through the whole path: a server on loopback, a clock that the tests drive, pods that
//! are small servers at 127.b.c.d.

mod access_log;
mod connections;
mod cors;
mod domain;
mod function;
mod iam;
mod jwt;
mod lab;
mod limits;
mod local;
mod mapping;
mod metrics;
mod mutual_tls;
mod path;
mod routing;
