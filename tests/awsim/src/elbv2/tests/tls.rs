use serde_json::{Value, json};

use super::{application, balancer, group, web_group, web_listener};
use crate::testing::{Sim, certificate, import, length, string};

fn https(sim: &Sim, balancer: &str, port: u16, group: &str) -> Value {
    let certificate = sim.with(certificate);
    json!({
        "LoadBalancerArn": balancer, "Protocol": "HTTPS", "Port": port,
        "Certificates": [{"CertificateArn": certificate}],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": group}],
    })
}

/// botocore, Listener; user guides, "Security policies": ELBSecurityPolicy-2016-08 by API.
#[test]
fn a_listener_with_tls_has_a_certificate_and_a_security_policy() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let input = https(&sim, &web, 443, &pages);
    let made = sim.elb("CreateListener", input.clone())["Listeners"][0].clone();
    assert_eq!(made["SslPolicy"], "ELBSecurityPolicy-2016-08");
    assert_eq!(made["Certificates"], input["Certificates"]);
    assert_eq!(made["MutualAuthentication"], json!({"Mode": "off"}));
    assert_eq!(sim.elb("CreateListener", input)["Listeners"][0], made, "idempotent");
    let other = https(&sim, &web, 443, &pages);
    assert_eq!(sim.elb_code("CreateListener", other), "DuplicateListener");
    let modify = |changes: Value| {
        let mut input = changes;
        input["ListenerArn"] = made["ListenerArn"].clone();
        sim.try_elb("ModifyListener", input)
    };
    let policy = "ELBSecurityPolicy-TLS13-1-2-2021-06";
    let changed = modify(json!({"SslPolicy": policy})).unwrap()["Listeners"][0].clone();
    assert_eq!((&changed["SslPolicy"], &changed["Certificates"]), (&json!(policy), &made["Certificates"]));
    let plain = modify(json!({"Protocol": "HTTP"})).unwrap()["Listeners"][0].clone();
    assert_eq!((plain.get("SslPolicy"), plain.get("Certificates")), (None, None));
    let fault = modify(json!({"Protocol": "HTTPS"})).unwrap_err();
    assert_eq!(fault.message, "A certificate must be specified for HTTPS listeners");
}

/// pulumi/pulumi-awsx issue 1242 and terraform modules' lists of known errors for the messages.
#[test]
fn what_cannot_be_a_listener_with_tls_is_refused() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let plain = https(&sim, &web, 443, &pages);
    let with = |member: &str, value: Value| {
        let mut input = plain.clone();
        input[member] = value;
        input
    };
    let certificates =
        |arns: &[&str]| arns.iter().map(|arn| json!({"CertificateArn": arn})).collect::<Vec<Value>>().into();
    let (one, two) = (sim.with(certificate), sim.with(certificate));
    let (far, gone) = (one.replace("eu-central-1", "eu-west-1"), format!("{one}0"));
    let default = json!([{"CertificateArn": one, "IsDefault": true}]);
    for (input, said) in [
        (
            with("Certificates", json!([])),
            "ValidationError: A certificate must be specified for HTTPS listeners",
        ),
        (with("Certificates", certificates(&[&one, &two])), "ValidationError: You must specify exactly one"),
        (with("Certificates", certificates(&["nonsense"])), "ValidationError: 'nonsense' is not a valid"),
        (with("Certificates", certificates(&[&far])), "CertificateNotFound: Certificate"),
        (
            with("Certificates", certificates(&[&gone])),
            &format!("CertificateNotFound: Certificate '{gone}' not found"),
        ),
        (with("Certificates", default), "ValidationError: You cannot set the isDefault parameter"),
        (with("SslPolicy", json!("x")), "SSLPolicyNotFound: SSL policy 'x' not found"),
        (
            with("SslPolicy", json!("ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04")),
            "NotImplemented: The SSL policy",
        ),
        (with("AlpnPolicy", json!(["HTTP2Only"])), "ValidationError: An ALPN policy cannot be"),
        (with("MutualAuthentication", json!({"Mode": "verify"})), "NotImplemented: Mutual authentication"),
        (with("MutualAuthentication", json!({"Mode": "on"})), "ValidationError: Mutual authentication mode"),
        (
            with("DefaultActions", json!([{"Type": "authenticate-oidc"}])),
            "NotImplemented: An action of type 'authenticate-oidc'",
        ),
        (
            with("Protocol", json!("HTTP")),
            "ValidationError: A certificate cannot be specified for HTTP listeners",
        ),
    ] {
        let words = sim.try_elb("CreateListener", input).unwrap_err().to_string();
        assert!(words.contains(said), "{words}");
    }
    let config = json!({"Protocol": "HTTP", "StatusCode": "HTTP_302"});
    let down = with("DefaultActions", json!([{"Type": "redirect", "RedirectConfig": config}]));
    assert_eq!(sim.elb_code("CreateListener", down), "InvalidLoadBalancerAction");
    let iam = certificates(&["arn:aws:iam::123456789012:server-certificate/old"]);
    sim.elb("CreateListener", with("Certificates", iam));
}

/// NLB user guide, "TLS listeners" and "ALPN policies".
#[test]
fn a_network_load_balancer_ends_tls_and_forwards_to_tcp_or_tls() {
    let sim = Sim::new();
    let (edge, app) = (balancer(&sim, "edge", 1, &[]), group(&sim, "app"));
    let mut input = https(&sim, &edge, 443, &app);
    input["Protocol"] = json!("TLS");
    input["AlpnPolicy"] = json!(["HTTP2Preferred"]);
    let made = sim.elb("CreateListener", input.clone())["Listeners"][0].clone();
    assert_eq!(made["AlpnPolicy"], json!(["HTTP2Preferred"]));
    assert_eq!(made.get("MutualAuthentication"), None);
    let told = sim.elb("DescribeListenerAttributes", json!({"ListenerArn": made["ListenerArn"]}));
    assert_eq!(length(&told, "/Attributes"), 0);
    input["Port"] = json!(444);
    input["AlpnPolicy"] = json!(["HTTP3"]);
    assert_eq!(sim.elb_code("CreateListener", input.clone()), "ALPNPolicyNotFound");
    input.as_object_mut().unwrap().remove("AlpnPolicy");
    let stickiness = json!({"Enabled": true});
    let groups = json!([{"TargetGroupArn": app}]);
    let config = json!({"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness});
    input["DefaultActions"] = json!([{"Type": "forward", "ForwardConfig": config}]);
    assert_eq!(sim.elb_code("CreateListener", input), "InvalidLoadBalancerAction");
}

/// botocore, AddListenerCertificates, RemoveListenerCertificates, DescribeListenerCertificates; user
/// guides, "Quotas": 25 a load balancer, default ones not counted.
#[test]
fn certificates_beside_the_default_one_are_added_and_removed() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let input = https(&sim, &web, 443, &pages);
    let front = string(&sim.elb("CreateListener", input.clone()), "/Listeners/0/ListenerArn");
    let first = string(&input, "/Certificates/0/CertificateArn");
    let more = std::iter::repeat_with(|| sim.with(certificate)).take(27);
    let all: Vec<String> = [first.clone(), first].into_iter().chain(more).collect();
    let certificate = |n: usize| all[n].clone();
    let call = |operation: &str, n: usize| {
        let certificates = json!([{"CertificateArn": certificate(n)}]);
        sim.try_elb(operation, json!({"ListenerArn": front, "Certificates": certificates}))
    };
    let (add, remove) = ("AddListenerCertificates", "RemoveListenerCertificates");
    let told = || {
        let told = sim.elb("DescribeListenerCertificates", json!({"ListenerArn": front}));
        let all = told["Certificates"].as_array().unwrap().clone();
        all.iter().map(|one| (string(one, "/CertificateArn"), one["IsDefault"] == true)).collect::<Vec<_>>()
    };
    let added = call(add, 2).unwrap();
    assert_eq!(added["Certificates"], json!([{"CertificateArn": certificate(2), "IsDefault": false}]));
    call(add, 2).unwrap();
    call(add, 1).unwrap();
    assert_eq!(told(), [(certificate(1), true), (certificate(1), false), (certificate(2), false)]);
    call(remove, 1).unwrap();
    assert_eq!(call(remove, 1).unwrap_err().code, "OperationNotPermitted");
    call(remove, 9).unwrap();
    let gone = json!([{"CertificateArn": format!("{}0", certificate(9))}]);
    let input = |certificates: &Value| json!({"ListenerArn": front, "Certificates": certificates});
    sim.elb(remove, input(&gone));
    assert_eq!(sim.elb_code(add, input(&gone)), "CertificateNotFound");
    assert_eq!(sim.elb_code(remove, input(&json!([{"CertificateArn": "x"}]))), "ValidationError");
    for n in 3..=26 {
        call(add, n).unwrap();
    }
    assert_eq!(call(add, 27).unwrap_err().code, "TooManyCertificates");
    let plain = web_listener(&sim, &web, 80);
    let input = json!({"ListenerArn": plain, "Certificates": [{"CertificateArn": certificate(2)}]});
    let fault = sim.try_elb(add, input).unwrap_err();
    assert_eq!(fault.message, "A certificate cannot be specified for HTTP listeners");
    sim.elb("ModifyListener", json!({"ListenerArn": front, "Protocol": "HTTP"}));
    sim.with(|call| assert!(call.region.elbv2.listeners[&front].certificates.is_empty()));
}

/// hashicorp/terraform-provider-aws issues 26245 and 41789 (not issued), aws-secure-environment-accelerator
/// issue 990 (a name that is not whole): the same words.
#[test]
fn a_certificate_that_is_not_issued_or_has_no_full_name_is_not_supported() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let mut input = https(&sim, &web, 443, &pages);
    let front = string(&sim.elb("CreateListener", input.clone()), "/Listeners/0/ListenerArn");
    let request = json!({"DomainName": "lab.net", "ValidationMethod": "DNS"});
    let pending = string(&sim.acm("RequestCertificate", request), "/CertificateArn");
    let bare = sim.with(|call| import(call, include_str!("../../acm/tests/bare.pem")));
    for certificate in [pending, bare] {
        let certificates = json!([{"CertificateArn": certificate}]);
        input["Certificates"] = certificates.clone();
        input["Port"] = json!(444);
        let fault = sim.try_elb("CreateListener", input.clone()).unwrap_err();
        assert_eq!((fault.status, fault.code.as_str()), (400, "UnsupportedCertificate"));
        assert_eq!(
            fault.message,
            format!(
                "The certificate '{certificate}' must have a fully-qualified domain name, a supported signature, \
                 and a supported key size."
            )
        );
        let given = json!({"ListenerArn": front, "Certificates": certificates});
        for operation in ["AddListenerCertificates", "ModifyListener"] {
            assert_eq!(sim.elb_code(operation, given.clone()), "UnsupportedCertificate");
        }
    }
}

/// hashicorp/terraform-provider-aws issue 3866; botocore, acm, DeleteCertificate: the load
/// balancer is what uses a certificate, once, whichever of its listeners do.
#[test]
fn a_certificate_is_in_use_by_the_load_balancer_until_no_listener_of_it_has_it() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let mut input = https(&sim, &web, 443, &pages);
    let front = string(&sim.elb("CreateListener", input.clone()), "/Listeners/0/ListenerArn");
    input["Port"] = json!(444);
    let back = string(&sim.elb("CreateListener", input.clone()), "/Listeners/0/ListenerArn");
    let first = string(&input, "/Certificates/0/CertificateArn");
    let (second, third) = (sim.with(certificate), sim.with(certificate));
    let used = |arn: &str| {
        let told = sim.acm("DescribeCertificate", json!({"CertificateArn": arn}));
        told["Certificate"]["InUseBy"].clone()
    };
    let delete = |arn: &str| sim.try_acm("DeleteCertificate", json!({"CertificateArn": arn})).map(|_| ());
    let refused = |arn: &str| assert_eq!(delete(arn).unwrap_err().code, "ResourceInUseException");
    let of = |listener: &str, arn: &str| json!({"ListenerArn": listener, "Certificates": [{"CertificateArn": arn}]});
    assert_eq!((used(&first), used(&second)), (json!([web]), json!([])));
    sim.elb("ModifyListener", of(&back, &second));
    sim.elb("AddListenerCertificates", of(&back, &third));
    sim.advance(300);
    refused(&first);
    assert_eq!((used(&second), used(&third)), (json!([web]), json!([web])));
    sim.elb("DeleteListener", json!({"ListenerArn": front}));
    sim.elb("RemoveListenerCertificates", of(&back, &third));
    refused(&first);
    refused(&third);
    sim.advance(300);
    delete(&first).unwrap();
    delete(&third).unwrap();
    sim.elb("DeleteLoadBalancer", json!({"LoadBalancerArn": web}));
    sim.advance(299);
    refused(&second);
    sim.advance(1);
    delete(&second).unwrap();
}

/// User guides, "Security policies".
#[test]
fn security_policies_are_described() {
    let sim = Sim::new();
    let all = sim.elb("DescribeSSLPolicies", json!({"LoadBalancerType": "application"}));
    assert_eq!(length(&all, "/SslPolicies"), 20);
    let first = &all["SslPolicies"][0];
    assert_eq!(first["Name"], "ELBSecurityPolicy-2016-08");
    assert_eq!(first["SslProtocols"], json!(["TLSv1", "TLSv1.1", "TLSv1.2"]));
    assert_eq!(length(first, "/Ciphers"), 18);
    assert_eq!(first["Ciphers"][0], json!({"Name": "ECDHE-ECDSA-AES128-GCM-SHA256", "Priority": 1}));
    let one = sim.elb("DescribeSSLPolicies", json!({"Names": ["ELBSecurityPolicy-TLS13-1-3-2021-06"]}));
    assert_eq!(one["SslPolicies"][0]["SslProtocols"], json!(["TLSv1.3"]));
    let page = sim.elb("DescribeSSLPolicies", json!({"PageSize": 15}));
    let rest = sim.elb("DescribeSSLPolicies", json!({"PageSize": 15, "Marker": page["NextMarker"]}));
    assert_eq!(length(&rest, "/SslPolicies"), 5);
    assert_eq!(sim.elb_code("DescribeSSLPolicies", json!({"Names": ["x"]})), "SSLPolicyNotFound");
}

/// AWS CLI, example of describe-ssl-policies: priorities 1 to 3 and 18 of 2016-08; moto has the rest.
#[test]
fn ciphers_come_by_the_strength_of_their_key_before_their_hash() {
    let sim = Sim::new();
    let told = sim.elb("DescribeSSLPolicies", json!({"Names": ["ELBSecurityPolicy-2016-08"]}));
    let cipher = |priority: u64| {
        let ciphers = told["SslPolicies"][0]["Ciphers"].as_array().unwrap();
        ciphers.iter().find(|one| one["Priority"] == priority).unwrap()["Name"].clone()
    };
    assert_eq!(cipher(2), "ECDHE-RSA-AES128-GCM-SHA256");
    assert_eq!(cipher(3), "ECDHE-ECDSA-AES128-SHA256");
    assert_eq!(cipher(7), "ECDHE-ECDSA-AES256-GCM-SHA384");
    assert_eq!(cipher(18), "AES256-SHA");
}

/// botocore, ListenerAttribute.Key; hashicorp/terraform-provider-aws, `aws_lb_listener`: by protocol.
#[test]
fn attributes_of_a_listener_depend_on_its_protocol() {
    let sim = Sim::new();
    let (web, pages) = (application(&sim, "web"), web_group(&sim, "pages"));
    let (plain, secure) = (
        web_listener(&sim, &web, 80),
        string(&sim.elb("CreateListener", https(&sim, &web, 443, &pages)), "/Listeners/0/ListenerArn"),
    );
    let set = |arn: &str, key: &str, value: &str| {
        let input = json!({"ListenerArn": arn, "Attributes": [{"Key": key, "Value": value}]});
        sim.try_elb("ModifyListenerAttributes", input).map(|_| ()).map_err(|fault| fault.code)
    };
    let (request, response) = (
        "routing.http.request.x_amzn_tls_version.header_name",
        "routing.http.response.x_content_type_options.header_value",
    );
    let refused = Err("ValidationError".to_owned());
    assert_eq!(set(&plain, request, "X-Tls"), refused);
    assert_eq!(set(&plain, "tcp.idle_timeout.seconds", "60"), refused);
    assert_eq!(set(&plain, response, "sniff"), refused);
    set(&plain, response, "nosniff").unwrap();
    set(&secure, request, "X-Tls").unwrap();
    let told = sim.elb("DescribeListenerAttributes", json!({"ListenerArn": secure}));
    assert_eq!(length(&told, "/Attributes"), 19);
    assert!(told["Attributes"].as_array().unwrap().contains(&json!({"Key": request, "Value": "X-Tls"})));
}
