"""Load balancers, target groups, listeners, rules and tags."""

from ..play import said, step
from .common import NO_GROUP, forward, group, load_balancer, subnets, tags, target_group, vpc


def load_balancers(aws):
    elb = aws.elbv2
    vpc_id = vpc(aws)
    ids, group_id = subnets(aws, vpc_id), group(aws, vpc_id)
    given = {"Name": "edge", "Type": "network", "Scheme": "internal", "Subnets": ids, "SecurityGroups": [group_id]}
    made = yield step("make", elb.create_load_balancer, **given, Tags=tags(owner="me"))
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    again = yield step("make an equal one", elb.create_load_balancer, **given)
    yield said("an equal one is the same", again["LoadBalancers"][0]["LoadBalancerArn"] == arn)
    yield step("make one of the name but other", elb.create_load_balancer, **{**given, "Subnets": ids[:1]})
    aws.wait(200)
    yield step("describe", elb.describe_load_balancers, LoadBalancerArns=[arn])
    yield step("describe by name", elb.describe_load_balancers, Names=["edge"])
    yield step("describe a name that is none", elb.describe_load_balancers, Names=["nothing"])
    for name, change in (
        ("a reserved name", {"Name": "internal-edge"}),
        ("a name with a hyphen at its end", {"Name": "edge-"}),
        ("a name that is too long", {"Name": "e" * 33}),
        ("a name with an underscore", {"Name": "e_e"}),
        ("no subnet there is", {"Name": "b0", "Subnets": ["subnet-0123456789abcdef0"]}),
        ("no subnets", {"Name": "b1", "Subnets": []}),
        ("a subnet twice", {"Name": "b2", "Subnets": ids[:1] * 2}),
        ("no group there is", {"Name": "b3", "SecurityGroups": [NO_GROUP]}),
        ("a key twice", {"Name": "b4", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
        ("no type there is", {"Name": "b5", "Type": "magic"}),
        ("no scheme there is", {"Name": "b6", "Scheme": "magic"}),
        ("an internet-facing scheme in a VPC without a gateway", {"Name": "b7", "Scheme": "internet-facing"}),
    ):
        yield step(f"make with {name}", elb.create_load_balancer, **{**given, **change})
    yield step("read attributes", elb.describe_load_balancer_attributes, LoadBalancerArn=arn)
    change = [{"Key": "no.such.attribute", "Value": "1"}]
    yield step("set no attribute", elb.modify_load_balancer_attributes, LoadBalancerArn=arn, Attributes=change)
    change = [{"Key": "load_balancing.cross_zone.enabled", "Value": "maybe"}]
    yield step(
        "set an attribute to nonsense", elb.modify_load_balancer_attributes, LoadBalancerArn=arn, Attributes=change
    )
    other = group(aws, vpc_id, "other")
    yield step("change groups", elb.set_security_groups, LoadBalancerArn=arn, SecurityGroups=[other])
    yield step("change to no group there is", elb.set_security_groups, LoadBalancerArn=arn, SecurityGroups=[NO_GROUP])
    bare = aws.quietly(elb.create_load_balancer, Name="bare", Type="network", Scheme="internal", Subnets=ids)
    bare = bare["LoadBalancers"][0]["LoadBalancerArn"]
    yield step("give groups to one made without", elb.set_security_groups, LoadBalancerArn=bare, SecurityGroups=[other])
    yield step("describe in pages", elb.describe_load_balancers, PageSize=1)
    yield step("describe in pages of none", elb.describe_load_balancers, PageSize=0)
    yield step("describe in pages that are too large", elb.describe_load_balancers, PageSize=401)
    yield step("set the address type", elb.set_ip_address_type, LoadBalancerArn=arn, IpAddressType="dualstack")
    yield step("set no address type", elb.set_ip_address_type, LoadBalancerArn=arn, IpAddressType="ipv5")
    guarded = aws.quietly(elb.create_load_balancer, Name="guarded", Type="network", Scheme="internal", Subnets=ids)
    guarded = guarded["LoadBalancers"][0]["LoadBalancerArn"]
    change = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    yield step("protect", elb.modify_load_balancer_attributes, LoadBalancerArn=guarded, Attributes=change)
    yield step("delete a protected one", elb.delete_load_balancer, LoadBalancerArn=guarded)
    yield step("delete", elb.delete_load_balancer, LoadBalancerArn=arn)
    yield step("delete again", elb.delete_load_balancer, LoadBalancerArn=arn)
    yield step("delete nonsense", elb.delete_load_balancer, LoadBalancerArn="nonsense")
    yield step("describe what was deleted", elb.describe_load_balancers, LoadBalancerArns=[arn])


def target_groups(aws):
    elb = aws.elbv2
    vpc_id = vpc(aws)
    subnets(aws, vpc_id)
    given = {"Name": "pods", "Protocol": "TCP", "Port": 8080, "VpcId": vpc_id, "TargetType": "ip"}
    made = yield step("make", elb.create_target_group, **given, Tags=tags(owner="me"))
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    again = yield step("make an equal one", elb.create_target_group, **given)
    yield said("an equal one is the same", again["TargetGroups"][0]["TargetGroupArn"] == arn)
    yield step("make one of the name but other", elb.create_target_group, **{**given, "Port": 81})
    for name, change in (
        ("a name that is too long", {"Name": "e" * 33}),
        ("a name with an underscore", {"Name": "e_e"}),
        ("a port that is too high", {"Name": "b8", "Port": 65536}),
        ("no protocol there is", {"Name": "b9", "Protocol": "SMTP"}),
        ("no protocol", {"Name": "b10", "Protocol": None}),
        ("no VPC there is", {"Name": "b11", "VpcId": "vpc-0123456789abcdef0"}),
        ("an interval that is too long", {"Name": "b12", "HealthCheckIntervalSeconds": 301}),
        ("a threshold that is too high", {"Name": "b13", "HealthyThresholdCount": 11}),
        ("a path that is checked by TCP", {"Name": "b14", "HealthCheckProtocol": "TCP", "HealthCheckPath": "/"}),
    ):
        wanted = {key: value for key, value in {**given, **change}.items() if value is not None}
        yield step(f"make with {name}", elb.create_target_group, **wanted)
    yield step("describe", elb.describe_target_groups, TargetGroupArns=[arn])
    yield step("describe a name that is none", elb.describe_target_groups, Names=["nothing"])
    yield step("change the check", elb.modify_target_group, TargetGroupArn=arn, HealthCheckIntervalSeconds=10)
    checks = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/ready"}
    yield step("change the way of the check", elb.modify_target_group, TargetGroupArn=arn, **checks)
    yield step("read attributes", elb.describe_target_group_attributes, TargetGroupArn=arn)
    change = [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    yield step("set an attribute", elb.modify_target_group_attributes, TargetGroupArn=arn, Attributes=change)
    change = [{"Key": "deregistration_delay.timeout_seconds", "Value": "3601"}]
    yield step("set an attribute too high", elb.modify_target_group_attributes, TargetGroupArn=arn, Attributes=change)
    change = [{"Key": "no.such.attribute", "Value": "1"}]
    yield step("set no attribute", elb.modify_target_group_attributes, TargetGroupArn=arn, Attributes=change)
    pods = [{"Id": "10.0.0.10", "Port": 8080}, {"Id": "10.0.1.10"}]
    yield step("register", elb.register_targets, TargetGroupArn=arn, Targets=pods)
    yield step("register again", elb.register_targets, TargetGroupArn=arn, Targets=pods[:1])
    yield step("register an address outside", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "192.0.2.1"}])
    yield step("register what is no address", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "i-1"}])
    yield step("read health", elb.describe_target_health, TargetGroupArn=arn)
    yield step(
        "read health of one that is not registered",
        elb.describe_target_health,
        TargetGroupArn=arn,
        Targets=[{"Id": "10.0.0.99", "Port": 1}],
    )
    yield step(
        "deregister one that is not registered",
        elb.deregister_targets,
        TargetGroupArn=arn,
        Targets=[{"Id": "10.0.0.99"}],
    )
    yield step("deregister", elb.deregister_targets, TargetGroupArn=arn, Targets=pods)
    yield step("delete", elb.delete_target_group, TargetGroupArn=arn)
    yield step("delete again", elb.delete_target_group, TargetGroupArn=arn)
    yield step("describe what was deleted", elb.describe_target_groups, TargetGroupArns=[arn])


def listeners(aws):
    elb = aws.elbv2
    balancer, vpc_id, _ = load_balancer(aws)
    group_arn, other = target_group(aws, vpc_id), target_group(aws, vpc_id, "other")
    given = {"LoadBalancerArn": balancer, "Protocol": "TCP", "Port": 80, "DefaultActions": forward(group_arn)}
    made = yield step("make", elb.create_listener, **given)
    arn = made["Listeners"][0]["ListenerArn"]
    again = yield step("make an equal one", elb.create_listener, **given)
    yield said("an equal one is the same", again["Listeners"][0]["ListenerArn"] == arn)
    yield step("make another on the port", elb.create_listener, **{**given, "DefaultActions": forward(other)})
    missing = group_arn[:-1] + ("0" if group_arn[-1] != "0" else "1")
    for name, change in (
        ("no target group there is", {"Port": 81, "DefaultActions": forward(missing)}),
        ("a port that is too high", {"Port": 65536}),
        ("a protocol of the other kind", {"Port": 81, "Protocol": "HTTP"}),
        ("no actions", {"Port": 81, "DefaultActions": []}),
        ("TLS without a certificate", {"Port": 81, "Protocol": "TLS"}),
    ):
        yield step(f"make with {name}", elb.create_listener, **{**given, **change})
    yield step("delete a target group in use", elb.delete_target_group, TargetGroupArn=group_arn)
    found = aws.quietly(elb.describe_load_balancers, LoadBalancerArns=[balancer])["LoadBalancers"][0]
    ids = [zone["SubnetId"] for zone in found["AvailabilityZones"]]
    second = aws.quietly(elb.create_load_balancer, Name="second", Type="network", Scheme="internal", Subnets=ids)
    shared = {**given, "LoadBalancerArn": second["LoadBalancers"][0]["LoadBalancerArn"]}
    yield step("give the target group to another load balancer", elb.create_listener, **shared)
    yield step("describe", elb.describe_listeners, ListenerArns=[arn])
    yield step("describe those of a load balancer", elb.describe_listeners, LoadBalancerArn=balancer)
    yield step("describe the target group in use", elb.describe_target_groups, TargetGroupArns=[group_arn])
    yield step("modify", elb.modify_listener, ListenerArn=arn, Port=81, DefaultActions=forward(other))
    yield step("read attributes", elb.describe_listener_attributes, ListenerArn=arn)
    idle = [{"Key": "tcp.idle_timeout.seconds", "Value": "60"}]
    yield step("set an attribute", elb.modify_listener_attributes, ListenerArn=arn, Attributes=idle)
    idle = [{"Key": "tcp.idle_timeout.seconds", "Value": "59"}]
    yield step("set an attribute too low", elb.modify_listener_attributes, ListenerArn=arn, Attributes=idle)
    yield step(
        "make a rule",
        elb.create_rule,
        ListenerArn=arn,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/a"]}],
        Actions=forward(other),
    )
    yield step("delete a target group that is free now", elb.delete_target_group, TargetGroupArn=group_arn)
    yield step("delete", elb.delete_listener, ListenerArn=arn)
    yield step("delete again", elb.delete_listener, ListenerArn=arn)
    yield step("describe what was deleted", elb.describe_listeners, ListenerArns=[arn])
    aws.quietly(elb.delete_load_balancer, LoadBalancerArn=balancer)
    yield step("describe those of no load balancer", elb.describe_listeners, LoadBalancerArn=balancer)


def rules(aws):
    elb = aws.elbv2
    vpc_id = vpc(aws)
    made = aws.quietly(
        elb.create_load_balancer,
        Name="web",
        Scheme="internal",
        Subnets=subnets(aws, vpc_id),
        SecurityGroups=[group(aws, vpc_id)],
    )
    balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
    group_arn = target_group(aws, vpc_id, protocol="HTTP")
    listener = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": forward(group_arn)}
    made = yield step("make an HTTP listener", elb.create_listener, **listener)
    arn = made["Listeners"][0]["ListenerArn"]
    given = {
        "ListenerArn": arn,
        "Priority": 10,
        "Conditions": [{"Field": "path-pattern", "Values": ["/a/*"]}],
        "Actions": forward(group_arn),
    }
    made = yield step("make", elb.create_rule, **given)
    rule = made["Rules"][0]["RuleArn"]
    yield step("make one of the same priority", elb.create_rule, **given)
    yield step("make one of no priority there is", elb.create_rule, **{**given, "Priority": 50001})
    yield step(
        "make one of no field there is",
        elb.create_rule,
        **{**given, "Priority": 11, "Conditions": [{"Field": "colour", "Values": ["a"]}]},
    )
    yield step("make one without actions", elb.create_rule, **{**given, "Priority": 11, "Actions": []})
    yield step("describe", elb.describe_rules, ListenerArn=arn)
    yield step("describe nothing named", elb.describe_rules)
    default = [one["RuleArn"] for one in aws.quietly(elb.describe_rules, ListenerArn=arn)["Rules"] if one["IsDefault"]]
    yield step("delete the default rule", elb.delete_rule, RuleArn=default[0] if default else "none")
    move = [{"RuleArn": rule, "Priority": 20}]
    yield step("give another priority", elb.set_rule_priorities, RulePriorities=move)
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    yield step("modify", elb.modify_rule, RuleArn=rule, Actions=fixed)
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "999"}}]
    yield step("modify to nonsense", elb.modify_rule, RuleArn=rule, Actions=fixed)
    yield step("delete", elb.delete_rule, RuleArn=rule)
    yield step("delete again", elb.delete_rule, RuleArn=rule)


def tagged(aws):
    elb = aws.elbv2
    arn, _, _ = load_balancer(aws)
    yield step("tag", elb.add_tags, ResourceArns=[arn], Tags=tags(a="1", b="2"))
    yield step("tag anew", elb.add_tags, ResourceArns=[arn], Tags=tags(a="3"))
    yield step("untag", elb.remove_tags, ResourceArns=[arn], TagKeys=["b", "nothing"])
    yield step("describe", elb.describe_tags, ResourceArns=[arn])
    yield step("describe those of nothing there is", elb.describe_tags, ResourceArns=[arn[:-4] + "0000"])
    yield step("describe those of nonsense", elb.describe_tags, ResourceArns=["nonsense"])
    yield step("describe those of more than 20", elb.describe_tags, ResourceArns=[arn] * 21)
    yield step("tag twice with one key", elb.add_tags, ResourceArns=[arn], Tags=[{"Key": "a", "Value": "1"}] * 2)
    yield step("tag with a reserved key", elb.add_tags, ResourceArns=[arn], Tags=[{"Key": "aws:a", "Value": "1"}])
    many = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
    yield step("tag more than 50 times", elb.add_tags, ResourceArns=[arn], Tags=many)
    yield step("read the limits", elb.describe_account_limits, PageSize=1)
    yield step("read a policy", elb.describe_ssl_policies, Names=["ELBSecurityPolicy-TLS13-1-2-2021-06"])
    yield step("read no policy", elb.describe_ssl_policies, Names=["nothing"])


SCENARIOS = [load_balancers, target_groups, listeners, rules, tagged]
