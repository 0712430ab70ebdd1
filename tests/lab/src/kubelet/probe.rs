//! Probes, really performed, over loopback. A verdict is sent when enough attempts in a row agree.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::pin::pin;
use std::time::Duration;

use awsim::clock::{Clock, SimTime};
use awsim::dial;
use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A fast clock must not make this machine's own slowness look like the pod's: an attempt gets
/// this much real time at least.
const LEAST_REAL: Duration = Duration::from_secs(2);

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Startup,
    Liveness,
    Readiness,
}

/// Attempts in a row that agreed.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) kind: Kind,
    /// Why it failed; `None`: it succeeded.
    pub(super) failure: Option<String>,
}

/// A probe with its defaults filled in and its port resolved.
#[derive(Clone, Debug)]
pub(super) struct Check {
    kind: Kind,
    action: Action,
    initial_delay: Duration,
    period: Duration,
    timeout: Duration,
    successes: u32,
    failures: u32,
}

#[derive(Clone, Debug)]
enum Action {
    Http(HTTPGetAction, u16),
    Connect(u16),
    /// `exec` is not executed.
    Succeed,
    /// The port has no number.
    Fail(String),
}

impl Check {
    /// Reads a probe of a container.
    pub(super) fn new(kind: Kind, probe: &Probe, container: &Container) -> Check {
        let seconds = |s: Option<i32>, default: u64| {
            Duration::from_secs(s.and_then(|s| u64::try_from(s).ok()).unwrap_or(default))
        };
        let count = |n: Option<i32>, default| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(default).max(1);
        Check {
            kind,
            action: action(probe, container),
            initial_delay: seconds(probe.initial_delay_seconds, 0),
            period: seconds(probe.period_seconds, 10).max(Duration::from_secs(1)),
            timeout: seconds(probe.timeout_seconds, 1).max(Duration::from_secs(1)),
            successes: count(probe.success_threshold, 1),
            failures: count(probe.failure_threshold, 3),
        }
    }

    /// Attempts for ever, first `initial_delay` after the container's start at `start`, and tells
    /// each change of verdict.
    pub(super) async fn run(&self, ip: Ipv4Addr, clock: &Clock, start: SimTime, tell: impl Fn(Verdict)) {
        clock.sleep_until(start + self.initial_delay).await;
        let mut streak = Streak::default();
        let mut told = None;
        loop {
            let failure = self.attempt(ip, clock).await.err();
            let good = failure.is_none();
            let enough = if good { self.successes } else { self.failures };
            if streak.add(good) >= enough && told != Some(good) {
                told = Some(good);
                tell(Verdict { kind: self.kind, failure });
            }
            clock.sleep(self.period).await;
        }
    }

    async fn attempt(&self, ip: Ipv4Addr, clock: &Clock) -> Result<(), String> {
        let late = async {
            tokio::join!(clock.sleep(self.timeout), tokio::time::sleep(LEAST_REAL));
        };
        tokio::select! {
            result = act(&self.action, ip) => result,
            () = late => Err("context deadline exceeded".to_owned()),
        }
    }
}

#[derive(Default)]
struct Streak {
    good: bool,
    length: u32,
}

impl Streak {
    /// The length of the present streak, this attempt included.
    fn add(&mut self, good: bool) -> u32 {
        self.length = if good == self.good { self.length.saturating_add(1) } else { 1 };
        self.good = good;
        self.length
    }
}

fn action(probe: &Probe, container: &Container) -> Action {
    if let Some(get) = &probe.http_get {
        return match port(&get.port, container) {
            Ok(port) => Action::Http(get.clone(), port),
            Err(why) => Action::Fail(why),
        };
    }
    if let Some(tcp) = &probe.tcp_socket {
        return port(&tcp.port, container).map_or_else(Action::Fail, Action::Connect);
    }
    match &probe.grpc {
        Some(grpc) => u16::try_from(grpc.port)
            .map_or_else(|_| Action::Fail(format!("invalid port number: {}", grpc.port)), Action::Connect),
        None => Action::Succeed,
    }
}

/// The number of a port that may be given by its name.
pub(super) fn port(port: &IntOrString, container: &Container) -> Result<u16, String> {
    let number = match port {
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => container
            .ports
            .iter()
            .flatten()
            .find(|p| p.name.as_deref() == Some(name))
            .map(|p| p.container_port)
            .or_else(|| name.parse().ok()),
    };
    number.and_then(|n| u16::try_from(n).ok()).ok_or_else(|| format!("invalid port: {port:?}"))
}

async fn act(action: &Action, ip: Ipv4Addr) -> Result<(), String> {
    match action {
        Action::Http(get, port) => http_get(get, ip, *port).await,
        Action::Connect(port) => dial::connect(SocketAddrV4::new(ip, *port))
            .await
            .map(drop)
            .map_err(|e| format!("dial tcp {ip}:{port}: {e}")),
        Action::Succeed => Ok(()),
        Action::Fail(why) => Err(why.clone()),
    }
}

/// A GET as the kubelet makes it, for probes and preStop hooks: 200 to 399 is success.
pub(super) async fn http_get(get: &HTTPGetAction, ip: Ipv4Addr, port: u16) -> Result<(), String> {
    let path = get.path.as_deref().unwrap_or("/");
    let url = format!("http://{ip}:{port}{path}");
    if get.scheme.as_deref() == Some("HTTPS") {
        return Err(format!("Get \"https://{ip}:{port}{path}\": server gave HTTP response to HTTPS client"));
    }
    let failed = |e: &dyn std::fmt::Display| format!("Get \"{url}\": {e}");
    let mut request = Request::get(path)
        .header("host", format!("{ip}:{port}"))
        .header("user-agent", "kube-probe/1.36")
        .header("accept", "*/*")
        .header("connection", "close");
    for header in get.http_headers.iter().flatten() {
        request = request.header(&header.name, &header.value);
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(|e| failed(&e))?;
    let stream = dial::connect(SocketAddrV4::new(ip, port)).await.map_err(|e| failed(&e))?;
    let (mut send, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e))?;
    let mut response = pin!(send.send_request(request));
    // The connection may end with the answer already delivered.
    let response = tokio::select! {
        biased;
        response = response.as_mut() => response,
        _ = connection => response.await,
    };
    let response = response.map_err(|e| failed(&e))?;
    let status = response.status().as_u16();
    match status {
        200..400 => Ok(()),
        _ => Err(format!("HTTP probe failed with statuscode: {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streak_counts_attempts_that_agree_and_starts_over_when_they_turn() {
        let mut streak = Streak::default();
        let lengths: Vec<_> = [false, false, true, true, true, false].map(|good| streak.add(good)).into();
        assert_eq!(lengths, [1, 2, 1, 2, 3, 1]);
    }
}
