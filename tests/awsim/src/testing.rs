//! A world to test handlers in: the default seed on a clock that a test drives.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Clock, SimTime};
use crate::fault::Fault;
use crate::world::{Call, GLOBAL_REGION, Options, SharedWorld, World};
use crate::{acm, cloudwatch, ec2, elbv2, logs, route53, secretsmanager, seed};

/// A world with the default seed at a fixed time.
pub struct Sim {
    pub world: SharedWorld,
    pub clock: Clock,
}

impl Sim {
    pub fn new() -> Sim {
        let clock = Clock::manual(SimTime(1_800_000_000_000));
        let mut world = World::new(clock.clone(), 7, Options::default());
        seed::default(&mut world).unwrap();
        Sim { world: Arc::new(Mutex::new(world)), clock }
    }

    /// Works on the seed's region as a handler does.
    pub fn with<T>(&self, f: impl FnOnce(&mut Call<'_>) -> T) -> T {
        let mut world = self.world.lock().unwrap();
        f(&mut world.call(seed::ACCOUNT, seed::REGION))
    }

    pub fn try_ec2(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = ec2::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        self.with(|call| handler(call, &input))
    }

    pub fn ec2(&self, operation: &str, input: Value) -> Value {
        self.try_ec2(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// The code that EC2 refuses the call with.
    pub fn ec2_code(&self, operation: &str, input: Value) -> String {
        self.try_ec2(operation, input.clone()).expect_err(&format!("{operation} {input}")).code
    }

    pub fn try_elb(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = elbv2::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        self.with(|call| handler(call, &input))
    }

    pub fn elb(&self, operation: &str, input: Value) -> Value {
        self.try_elb(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// The code that Elastic Load Balancing refuses the call with.
    pub fn elb_code(&self, operation: &str, input: Value) -> String {
        self.try_elb(operation, input.clone()).expect_err(&format!("{operation} {input}")).code
    }

    pub fn try_secrets(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler =
            secretsmanager::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        self.with(|call| handler(call, &input))
    }

    pub fn secrets(&self, operation: &str, input: Value) -> Value {
        self.try_secrets(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// What Secrets Manager refuses the call with, `CODE: words`.
    pub fn secrets_refusal(&self, operation: &str, input: Value) -> String {
        let fault = self.try_secrets(operation, input.clone()).expect_err(&format!("{operation} {input}"));
        format!("{}: {}", fault.code, fault.message)
    }

    pub fn try_dns(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = route53::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        let mut world = self.world.lock().unwrap();
        handler(&mut world.call(seed::ACCOUNT, GLOBAL_REGION), &input)
    }

    pub fn dns(&self, operation: &str, input: Value) -> Value {
        self.try_dns(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// The code that Route 53 refuses the call with.
    pub fn dns_code(&self, operation: &str, input: Value) -> String {
        self.try_dns(operation, input.clone()).expect_err(&format!("{operation} {input}")).code
    }

    pub fn try_acm(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = acm::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        self.with(|call| handler(call, &input))
    }

    pub fn acm(&self, operation: &str, input: Value) -> Value {
        self.try_acm(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// The code that ACM refuses the call with.
    pub fn acm_code(&self, operation: &str, input: Value) -> String {
        self.try_acm(operation, input.clone()).expect_err(&format!("{operation} {input}")).code
    }

    pub fn try_logs(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = logs::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        self.with(|call| handler(call, &input))
    }

    pub fn logs(&self, operation: &str, input: Value) -> Value {
        self.try_logs(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// Code and message that CloudWatch Logs refuses the call with.
    pub fn logs_refusal(&self, operation: &str, input: Value) -> (String, String) {
        let fault = self.try_logs(operation, input.clone()).expect_err(&format!("{operation} {input}"));
        (fault.code, fault.message)
    }

    pub fn try_watch(&self, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = cloudwatch::handler(operation).unwrap_or_else(|| panic!("{operation} is not served"));
        self.with(|call| handler(call, &input))
    }

    pub fn watch(&self, operation: &str, input: Value) -> Value {
        self.try_watch(operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// Code and message that CloudWatch refuses the call with.
    pub fn watch_refusal(&self, operation: &str, input: Value) -> (String, String) {
        let fault = self.try_watch(operation, input.clone()).expect_err(&format!("{operation} {input}"));
        (fault.code, fault.message)
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Makes a security group in the seed's VPC.
    pub fn group(&self, name: &str) -> String {
        let input = json!({"GroupName": name, "Description": "test", "VpcId": seed::VPC});
        string(&self.ec2("CreateSecurityGroup", input), "/GroupId")
    }

    /// Lets a group reach another (or itself) on a TCP port: its outbound, the other's inbound rule.
    pub fn admit(&self, group: &str, from: &str, port: u16) {
        let pair = json!([{"IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "UserIdGroupPairs": [{"GroupId": from}]}]);
        let input = json!({"GroupId": group, "IpPermissions": pair});
        self.ec2("AuthorizeSecurityGroupIngress", input);
    }
}

/// PEM of a certificate of `shop.example` and `*.shop.example`, 2020 to 2049, RSA of 2048 bits.
const SHOP: &str = include_str!("acm/tests/shop.pem");
/// What passes for a key: nothing looks at what is in it.
pub const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";

/// Imports a certificate for `shop.example` and `*.shop.example` and gives its ARN.
pub fn certificate(call: &mut Call<'_>) -> String {
    import(call, SHOP)
}

/// A certificate that ACM has issued for these names, valid for 100 days; its ARN.
pub fn issued(call: &mut Call<'_>, names: &[&str]) -> String {
    let input =
        json!({"DomainName": names[0], "SubjectAlternativeNames": names[1..], "ValidationMethod": "DNS"});
    let made = acm::handler("RequestCertificate").unwrap()(call, &input).unwrap();
    let arn = string(&made, "/CertificateArn");
    let certificate = call.region.acm.certificates.get_mut(&arn).unwrap();
    certificate.status = acm::Status::Issued;
    certificate.valid = Some((call.now, call.now + Duration::from_secs(100 * 24 * 3600)));
    arn
}

/// What ImportCertificate is called with for `shop.example`.
pub fn import_input() -> Value {
    import_of(SHOP)
}

fn import_of(certificate: &str) -> Value {
    let blob = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    json!({"Certificate": blob(certificate), "PrivateKey": blob(KEY)})
}

/// Imports a certificate, from PEM, and gives its ARN.
pub fn import(call: &mut Call<'_>, certificate: &str) -> String {
    let input = import_of(certificate);
    let made = acm::handler("ImportCertificate").unwrap()(call, &input).unwrap();
    string(&made, "/CertificateArn")
}

/// The string at a JSON pointer.
pub fn string(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} of {value}"))
        .to_owned()
}

/// The length of the list at a JSON pointer.
pub fn length(value: &Value, pointer: &str) -> usize {
    value.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("{pointer} of {value}")).len()
}
