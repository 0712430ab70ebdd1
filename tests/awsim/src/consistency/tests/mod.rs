//! What lags and what does not. Comments name the sources, as [`super::lags`] abbreviates them.

mod invariants;
mod reads;
mod remembering;
mod writes;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Lags, serve};
use crate::fault::Fault;
use crate::pipeline;
use crate::seed;
use crate::testing::{Sim, string};
use crate::world::region_of;

/// A world in which every call lags, served as the pipeline does.
struct Lab {
    sim: Sim,
}

impl Lab {
    fn new() -> Lab {
        let sim = Sim::new();
        {
            let mut world = sim.world.lock().unwrap();
            world.options.consistency = true;
            world.consistency.lags.share = 1.0;
        }
        // Off the multiples at which indexes are made anew.
        sim.advance(10);
        Lab { sim }
    }

    fn set(&self, change: impl FnOnce(&mut Lags)) {
        change(&mut self.sim.world.lock().unwrap().consistency.lags);
    }

    fn switch(&self, on: bool) {
        self.sim.world.lock().unwrap().options.consistency = on;
    }

    fn try_call(&self, service: &str, operation: &str, input: &Value) -> Result<Value, Fault> {
        self.stale(service, operation, input, None)
    }

    /// A call that is behind by so much in any case.
    fn stale(
        &self,
        service: &str,
        operation: &str,
        input: &Value,
        stale: Option<Duration>,
    ) -> Result<Value, Fault> {
        let handler = pipeline::handler(service, operation).unwrap();
        let mut world = self.sim.world.lock().unwrap();
        let on = world.options.consistency;
        let way = world.consistency.way((service, operation), on, stale, self.sim.clock.now());
        let mut call = world.call(seed::ACCOUNT, region_of(service, seed::REGION));
        serve(handler, &mut call, input, &way)
    }

    #[track_caller]
    fn call(&self, service: &str, operation: &str, input: Value) -> Value {
        self.try_call(service, operation, &input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    #[track_caller]
    fn code(&self, service: &str, operation: &str, input: Value) -> String {
        self.try_call(service, operation, &input).unwrap_err().code
    }

    /// Everything of the region, as it is.
    fn truth(&self) -> Value {
        self.sim.with(|call| {
            let region = &call.region;
            json!([
                region.acm.to_json(),
                region.apigatewayv2.to_json(),
                region.cloudwatch.to_json(),
                region.ec2.to_json(),
                region.elbv2.to_json(),
                region.logs.to_json(),
                region.route53.to_json(),
                region.secretsmanager.to_json(),
            ])
        })
    }

    fn group(&self, name: &str) -> String {
        let input = json!({"GroupName": name, "Description": "test", "VpcId": seed::VPC});
        string(&self.call("ec2", "CreateSecurityGroup", input), "/GroupId")
    }

    fn target_group(&self, name: &str) -> String {
        let input =
            json!({"Name": name, "Protocol": "TCP", "Port": 80, "VpcId": seed::VPC, "TargetType": "ip"});
        string(&self.call("elbv2", "CreateTargetGroup", input), "/TargetGroups/0/TargetGroupArn")
    }

    fn balancer(&self, name: &str) -> String {
        let input = json!({"Name": name, "Type": "network", "Scheme": "internal",
            "Subnets": [seed::SUBNETS[0]], "SecurityGroups": [seed::CLUSTER_GROUP]});
        string(&self.call("elbv2", "CreateLoadBalancer", input), "/LoadBalancers/0/LoadBalancerArn")
    }

    fn api(&self, name: &str) -> String {
        let input = json!({"Name": name, "ProtocolType": "HTTP"});
        string(&self.call("apigatewayv2", "CreateApi", input), "/ApiId")
    }

    fn secret(&self, name: &str) {
        let input = json!({"Name": name, "SecretString": "s", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
        self.call("secretsmanager", "CreateSecret", input);
    }
}
