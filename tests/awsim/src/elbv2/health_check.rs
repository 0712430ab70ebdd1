//! Health-check settings of a target group.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::arn::invalid;
use crate::fault::Fault;
use crate::input::{flag, number, text};

/// How targets are checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HealthCheck {
    /// `TCP`, `HTTP`.
    pub protocol: String,
    /// `traffic-port` or a number.
    pub port: String,
    /// Path of HTTP checks.
    pub path: Option<String>,
    /// Status codes that pass an HTTP check: `200,202` or `200-399`.
    pub matcher: Option<String>,
    /// Seconds between two checks.
    pub interval: i64,
    /// Seconds without an answer that fail a check.
    pub timeout: i64,
    /// Passed checks in a row that make an unhealthy target healthy.
    pub healthy: i64,
    /// Failed checks in a row that make a target unhealthy.
    pub unhealthy: i64,
}

impl HealthCheck {
    /// The settings of a new target group: TCP checks by default (NLB user guide, "Health
    /// checks").
    ///
    /// # Errors
    /// `ValidationError` or `InvalidConfigurationRequest` for settings that do not go together.
    pub(super) fn create(input: &Value) -> Result<HealthCheck, Fault> {
        let protocol = text(input, "HealthCheckProtocol").unwrap_or("TCP");
        let timeout = if protocol == "HTTP" { 6 } else { 10 };
        let check = HealthCheck {
            protocol: protocol.to_owned(),
            port: "traffic-port".to_owned(),
            path: None,
            matcher: None,
            interval: 30,
            timeout,
            healthy: 5,
            unhealthy: 2,
        };
        check.changed(input)
    }

    /// The settings with what `input` changes of them.
    ///
    /// # Errors
    /// `ValidationError` or `InvalidConfigurationRequest` for settings that do not go together.
    pub(super) fn changed(&self, input: &Value) -> Result<HealthCheck, Fault> {
        if flag(input, "HealthCheckEnabled") == Some(false) {
            let message = "Health checks are always enabled for target groups with target type 'ip'";
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
        let mut check = self.clone();
        if let Some(protocol) = text(input, "HealthCheckProtocol") {
            check.protocol = protocol.to_owned();
        }
        check.check_protocol()?;
        if let Some(port) = text(input, "HealthCheckPort") {
            check.port = checked_port(port)?;
        }
        let matcher = input.get("Matcher");
        if matcher.is_some_and(|m| m.get("GrpcCode").is_some()) {
            let message = "GrpcCode is for target groups with protocol version GRPC";
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        }
        let (path, codes) = (text(input, "HealthCheckPath"), matcher.and_then(|m| text(m, "HttpCode")));
        if check.is_http() {
            let path = path.or(check.path.as_deref()).unwrap_or("/");
            check.path = Some(checked_path(path)?);
            let codes = codes.or(check.matcher.as_deref()).unwrap_or("200-399");
            check.matcher = Some(checked_codes(codes)?);
        } else if path.is_some() || codes.is_some() {
            let message =
                "Health check path and matcher are not supported for health checks with protocol 'TCP'";
            return Err(Fault::bad("InvalidConfigurationRequest", message));
        } else {
            (check.path, check.matcher) = (None, None);
        }
        for (member, value) in [
            ("HealthCheckIntervalSeconds", &mut check.interval),
            ("HealthCheckTimeoutSeconds", &mut check.timeout),
            ("HealthyThresholdCount", &mut check.healthy),
            ("UnhealthyThresholdCount", &mut check.unhealthy),
        ] {
            *value = number(input, member).unwrap_or(*value);
        }
        check.check_times()?;
        Ok(check)
    }

    /// Whether it is a request and not only a connection.
    pub fn is_http(&self) -> bool {
        self.protocol == "HTTP"
    }

    /// The port to check on a target that is registered with `target_port`.
    pub fn port_of(&self, target_port: u16) -> u16 {
        self.port.parse().unwrap_or(target_port)
    }

    /// The time between two checks.
    pub fn every(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.interval).unwrap_or(1))
    }

    /// The time that a target has to answer.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.timeout).unwrap_or(1))
    }

    /// Whether an HTTP check that is answered with `status` passes.
    pub fn accepts(&self, status: u16) -> bool {
        let Some(codes) = &self.matcher else { return true };
        code_ranges(codes)
            .is_some_and(|ranges| ranges.iter().any(|(from, to)| (*from..=*to).contains(&status)))
    }

    fn check_protocol(&self) -> Result<(), Fault> {
        match self.protocol.as_str() {
            "HTTP" | "TCP" => Ok(()),
            "HTTPS" => Err(Fault::new(501, "NotImplemented", "HTTPS health checks are not simulated.")),
            other => {
                let message =
                    format!("Health check protocol '{other}' is not supported for this target group");
                Err(Fault::bad("InvalidConfigurationRequest", message))
            }
        }
    }

    /// A network load balancer's timeout may be as long as the interval.
    fn check_times(&self) -> Result<(), Fault> {
        if self.timeout > self.interval {
            return Err(invalid(format!(
                "Health check timeout '{}' must be smaller than or equal to the interval '{}'",
                self.timeout, self.interval
            )));
        }
        Ok(())
    }

    /// Writes the settings into a rendered target group.
    pub(super) fn render(&self, group: &mut Value) {
        group["HealthCheckEnabled"] = json!(true);
        group["HealthCheckProtocol"] = json!(self.protocol);
        group["HealthCheckPort"] = json!(self.port);
        group["HealthCheckIntervalSeconds"] = json!(self.interval);
        group["HealthCheckTimeoutSeconds"] = json!(self.timeout);
        group["HealthyThresholdCount"] = json!(self.healthy);
        group["UnhealthyThresholdCount"] = json!(self.unhealthy);
        if let Some(path) = &self.path {
            group["HealthCheckPath"] = json!(path);
        }
        if let Some(codes) = &self.matcher {
            group["Matcher"] = json!({"HttpCode": codes});
        }
    }
}

fn checked_port(port: &str) -> Result<String, Fault> {
    let number = port.parse::<u16>().is_ok_and(|n| n > 0);
    if port == "traffic-port" || number {
        return Ok(port.to_owned());
    }
    Err(invalid(format!("Health check port '{port}' must be 'traffic-port' or in the range 1-65535")))
}

fn checked_path(path: &str) -> Result<String, Fault> {
    if path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(path.to_owned());
    }
    Err(invalid(format!(
        "Health check path '{path}' must start with '/' and hold printable ASCII characters only"
    )))
}

fn checked_codes(codes: &str) -> Result<String, Fault> {
    let fits = |(from, to): &(u16, u16)| (200..=599).contains(from) && (*from..=599).contains(to);
    if code_ranges(codes).is_some_and(|ranges| ranges.iter().all(fits)) {
        return Ok(codes.to_owned());
    }
    Err(invalid(format!("Health check matcher HTTP code '{codes}' must be within '200-599' inclusive")))
}

/// `200,202-204` as ranges.
fn code_ranges(codes: &str) -> Option<Vec<(u16, u16)>> {
    let code = |text: &str| text.trim().parse::<u16>().ok();
    codes
        .split(',')
        .map(|part| match part.split_once('-') {
            Some((from, to)) => Some((code(from)?, code(to)?)),
            None => code(part).map(|code| (code, code)),
        })
        .collect()
}
