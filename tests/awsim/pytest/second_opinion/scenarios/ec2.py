"""VPCs, subnets, route tables, security groups, network interfaces, endpoints and tags."""

from ..play import said, step
from .common import NO_GROUP, NO_VPC, group, load_balancer, subnets, tags, vpc

EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def tcp(port, block="10.0.0.0/8", **more):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": block, **more}]}


def where(**wanted):
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in wanted.items()]


def vpcs(aws):
    ec2 = aws.ec2
    specification = [{"ResourceType": "vpc", "Tags": tags(Name="lab")}]
    made = yield step("make", ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=specification)
    name = made["Vpc"]["VpcId"]
    yield step("describe by id", ec2.describe_vpcs, VpcIds=[name])
    yield step("describe by tag", ec2.describe_vpcs, Filters=[{"Name": "tag:Name", "Values": ["l?b"]}])
    yield step("describe by a filter that does not exist", ec2.describe_vpcs, Filters=where(nonsense="x"))
    yield step("describe an id that is none", ec2.describe_vpcs, VpcIds=["nonsense"])
    yield step("describe one that does not exist", ec2.describe_vpcs, VpcIds=[NO_VPC])
    yield step("describe with too small a page", ec2.describe_vpcs, MaxResults=4)
    yield step("describe from a made-up token", ec2.describe_vpcs, NextToken="made up")
    yield step("make a block that is too large", ec2.create_vpc, CidrBlock="10.0.0.0/8")
    yield step("make a block that is too small", ec2.create_vpc, CidrBlock="10.0.0.0/29")
    yield step("make what is no block", ec2.create_vpc, CidrBlock="ten")
    yield step("make without a block", ec2.create_vpc)
    yield step("make in a dry run", ec2.create_vpc, CidrBlock="10.7.0.0/16", DryRun=True)
    yield step("read whether names resolve", ec2.describe_vpc_attribute, VpcId=name, Attribute="enableDnsSupport")
    yield step("switch host names on", ec2.modify_vpc_attribute, VpcId=name, EnableDnsHostnames={"Value": True})
    yield step("read host names", ec2.describe_vpc_attribute, VpcId=name, Attribute="enableDnsHostnames")
    yield step("change no attribute", ec2.modify_vpc_attribute, VpcId=name)
    yield step("read of none", ec2.describe_vpc_attribute, VpcId=NO_VPC, Attribute="enableDnsSupport")
    yield step("describe its main route table", ec2.describe_route_tables, Filters=where(vpc_id=name))
    yield step("describe its network ACL", ec2.describe_network_acls, Filters=where(vpc_id=name))
    yield step("describe its default group", ec2.describe_security_groups, Filters=where(vpc_id=name))
    aws.quietly(ec2.create_subnet, VpcId=name, CidrBlock="10.0.0.0/24")
    yield step("delete while it has a subnet", ec2.delete_vpc, VpcId=name)
    empty = vpc(aws)
    yield step("delete", ec2.delete_vpc, VpcId=empty)
    yield step("delete again", ec2.delete_vpc, VpcId=empty)
    yield step("delete in a dry run", ec2.delete_vpc, VpcId=vpc(aws), DryRun=True)
    with_group = vpc(aws)
    group(aws, with_group)
    yield step("delete while it has a group", ec2.delete_vpc, VpcId=with_group)


def subnets_and_tables(aws):
    ec2 = aws.ec2
    name = vpc(aws)
    made = yield step(
        "make a subnet", ec2.create_subnet, VpcId=name, CidrBlock="10.0.0.0/24", AvailabilityZone="eu-central-1c"
    )
    subnet = made["Subnet"]["SubnetId"]
    yield step("describe it", ec2.describe_subnets, SubnetIds=[subnet])
    yield step("describe by zone", ec2.describe_subnets, Filters=where(vpc_id=name, availability_zone="*c"))
    yield step("make one that overlaps", ec2.create_subnet, VpcId=name, CidrBlock="10.0.0.128/25")
    yield step("make one outside", ec2.create_subnet, VpcId=name, CidrBlock="10.1.0.0/24")
    yield step("make one that is no block", ec2.create_subnet, VpcId=name, CidrBlock="ten")
    yield step("make one in no VPC", ec2.create_subnet, VpcId=NO_VPC, CidrBlock="10.0.1.0/24")
    yield step(
        "make one in no zone", ec2.create_subnet, VpcId=name, CidrBlock="10.0.1.0/24", AvailabilityZone="mars-1a"
    )
    yield step("describe zones", ec2.describe_availability_zones)
    yield step("describe no zone", ec2.describe_availability_zones, ZoneNames=["nowhere"])
    yield step("describe a region", ec2.describe_regions, RegionNames=["eu-central-1"])
    yield step("describe no region", ec2.describe_regions, RegionNames=["mars-1"])
    made = yield step("make a route table", ec2.create_route_table, VpcId=name)
    table = made["RouteTable"]["RouteTableId"]
    yield step("make a route table in no VPC", ec2.create_route_table, VpcId=NO_VPC)
    tied = yield step("associate it", ec2.associate_route_table, RouteTableId=table, SubnetId=subnet)
    by_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
    yield step("describe the table of the subnet", ec2.describe_route_tables, Filters=by_subnet)
    yield step("describe the table", ec2.describe_route_tables, RouteTableIds=[table])
    yield step("delete the table in use", ec2.delete_route_table, RouteTableId=table)
    yield step("disassociate", ec2.disassociate_route_table, AssociationId=tied["AssociationId"])
    yield step("disassociate again", ec2.disassociate_route_table, AssociationId=tied["AssociationId"])
    yield step("delete the table", ec2.delete_route_table, RouteTableId=table)
    yield step("delete the table again", ec2.delete_route_table, RouteTableId=table)
    main = aws.quietly(ec2.describe_route_tables, Filters=where(vpc_id=name))["RouteTables"][0]["RouteTableId"]
    yield step("delete the main table", ec2.delete_route_table, RouteTableId=main)
    yield step("delete the subnet", ec2.delete_subnet, SubnetId=subnet)
    yield step("delete the subnet again", ec2.delete_subnet, SubnetId=subnet)
    yield step("describe what was deleted", ec2.describe_subnets, SubnetIds=[subnet])


def acls(aws):
    ec2 = aws.ec2
    name = vpc(aws)
    subnet = subnets(aws, name)[0]
    made = yield step("make an ACL", ec2.create_network_acl, VpcId=name)
    acl = made["NetworkAcl"]["NetworkAclId"]
    entry = {
        "NetworkAclId": acl,
        "RuleNumber": 100,
        "Protocol": "6",
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "10.0.0.0/8",
        "PortRange": {"From": 80, "To": 80},
    }
    yield step("add an entry", ec2.create_network_acl_entry, **entry)
    yield step("add the entry again", ec2.create_network_acl_entry, **entry)
    yield step("replace it", ec2.replace_network_acl_entry, **{**entry, "RuleAction": "deny"})
    yield step("replace one that is not there", ec2.replace_network_acl_entry, **{**entry, "RuleNumber": 7})
    yield step("describe the ACL", ec2.describe_network_acls, NetworkAclIds=[acl])
    found = aws.quietly(ec2.describe_network_acls, Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])[
        "NetworkAcls"
    ][0]
    tied = [one for one in found["Associations"] if one["SubnetId"] == subnet]
    yield step(
        "give it to a subnet",
        ec2.replace_network_acl_association,
        AssociationId=tied[0]["NetworkAclAssociationId"] if tied else "none",
        NetworkAclId=acl,
    )
    yield step("delete it in use", ec2.delete_network_acl, NetworkAclId=acl)
    yield step("delete the default ACL", ec2.delete_network_acl, NetworkAclId=found["NetworkAclId"])
    yield step("delete the entry", ec2.delete_network_acl_entry, NetworkAclId=acl, RuleNumber=100, Egress=False)
    yield step("delete the entry again", ec2.delete_network_acl_entry, NetworkAclId=acl, RuleNumber=100, Egress=False)
    bare = aws.quietly(ec2.create_network_acl, VpcId=name)["NetworkAcl"]["NetworkAclId"]
    yield step("delete one that is not used", ec2.delete_network_acl, NetworkAclId=bare)
    yield step("delete it again", ec2.delete_network_acl, NetworkAclId=bare)


def groups(aws):
    ec2 = aws.ec2
    name = vpc(aws)
    given = {"GroupName": "app", "Description": "for the app", "VpcId": name}
    specification = [{"ResourceType": "security-group", "Tags": tags(owner="me")}]
    made = yield step("make", ec2.create_security_group, **given, TagSpecifications=specification)
    group_id = made["GroupId"]
    yield step("describe", ec2.describe_security_groups, GroupIds=[group_id])
    yield step("describe by name", ec2.describe_security_groups, Filters=where(group_name="app", vpc_id=name))
    yield step("make the same again", ec2.create_security_group, **given)
    yield step("make the same in capitals", ec2.create_security_group, **{**given, "GroupName": "APP"})
    yield step("make one named like an id", ec2.create_security_group, **{**given, "GroupName": "sg-x"})
    yield step("make one named default", ec2.create_security_group, **{**given, "GroupName": "default"})
    yield step("make one in no VPC", ec2.create_security_group, **{**given, "VpcId": NO_VPC})
    yield step("make one without a description", ec2.create_security_group, VpcId=name, GroupName="x")
    yield step("make one in a dry run", ec2.create_security_group, **{**given, "GroupName": "dry"}, DryRun=True)
    yield step("describe none", ec2.describe_security_groups, GroupIds=[NO_GROUP])
    yield step("describe an id that is none", ec2.describe_security_groups, GroupIds=["nonsense"])
    yield step("describe with too small a page", ec2.describe_security_groups, MaxResults=4)
    yield step("describe with too large a page", ec2.describe_security_groups, MaxResults=1001)
    yield step("describe ids in pages", ec2.describe_security_groups, GroupIds=[group_id], MaxResults=5)
    default = aws.quietly(ec2.describe_security_groups, Filters=where(group_name="default", vpc_id=name))
    yield step("delete the default group", ec2.delete_security_group, GroupId=default["SecurityGroups"][0]["GroupId"])
    other = group(aws, name, "other")
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}
    aws.quietly(ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[pair])
    yield step("delete one that refers to another", ec2.delete_security_group, GroupId=group_id)
    yield step("delete the other now", ec2.delete_security_group, GroupId=other)
    yield step("delete it again", ec2.delete_security_group, GroupId=other)
    first, second = group(aws, name, "first"), group(aws, name, "second")
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": second}]}
    aws.quietly(ec2.authorize_security_group_ingress, GroupId=first, IpPermissions=[pair])
    yield step("delete one that another refers to", ec2.delete_security_group, GroupId=second)
    yield step("look for stale rules", ec2.describe_stale_security_groups, VpcId=name)
    yield step(
        "look for references", ec2.describe_security_group_references, GroupId=[default["SecurityGroups"][0]["GroupId"]]
    )


def groups_in_use(aws):
    ec2 = aws.ec2
    balancer, vpc_id, group_id = load_balancer(aws)
    aws.quietly(aws.elbv2.delete_load_balancer, LoadBalancerArn=balancer)
    yield step("delete it right after the load balancer", ec2.delete_security_group, GroupId=group_id)
    aws.wait(600)
    yield step("delete it later", ec2.delete_security_group, GroupId=group_id)
    balancer, vpc_id, group_id = load_balancer(aws, "second")
    yield step("delete one that a load balancer carries", ec2.delete_security_group, GroupId=group_id)
    yield step("delete a VPC that has a load balancer", ec2.delete_vpc, VpcId=vpc_id)
    subnet = aws.quietly(ec2.describe_subnets, Filters=where(vpc_id=vpc_id))["Subnets"][0]["SubnetId"]
    yield step("delete a subnet that has a load balancer", ec2.delete_subnet, SubnetId=subnet)


def rules(aws):
    ec2 = aws.ec2
    vpc_id = vpc(aws)
    group_id, other = group(aws, vpc_id), group(aws, vpc_id, "other")

    def authorize(*permissions):
        return {"GroupId": group_id, "IpPermissions": list(permissions)}

    ingress = ec2.authorize_security_group_ingress
    made = yield step("allow a block", ingress, **authorize(tcp(80, Description="office")))
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    yield step("allow the block again", ingress, **authorize(tcp(80)))
    yield step("allow a block whose host bits are set", ingress, **authorize(tcp(81, "10.1.2.3/16")))
    yield step("allow it as it was kept", ingress, **authorize(tcp(81, "10.1.0.0/16")))
    pair = {"IpProtocol": "tcp", "FromPort": 82, "ToPort": 82, "UserIdGroupPairs": [{"GroupId": other}]}
    yield step("allow a group", ingress, **authorize(pair))
    pair = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": NO_GROUP}]}
    yield step("allow no group", ingress, **authorize(pair))
    yield step("allow a mask that is too long", ingress, **authorize(tcp(83, "10.0.0.0/40")))
    yield step("allow a port that is too high", ingress, **authorize(tcp(65536)))
    yield step("allow TCP without ports", ingress, **authorize({**EVERYTHING, "IpProtocol": "tcp"}))
    backwards = {"IpProtocol": "tcp", "FromPort": 90, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    yield step("allow ports backwards", ingress, **authorize(backwards))
    yield step("allow nothing", ingress, **authorize())
    yield step("allow a block twice at once", ingress, **authorize(tcp(87), tcp(87)))
    yield step("allow to no group", ingress, GroupId=NO_GROUP, IpPermissions=[tcp(80)])
    yield step("allow in a dry run", ingress, **authorize(tcp(84)), DryRun=True)
    yield step("let everything out, as it is", ec2.authorize_security_group_egress, **authorize(EVERYTHING))
    yield step("let a port out", ec2.authorize_security_group_egress, **authorize(tcp(443)))
    yield step("describe the group", ec2.describe_security_groups, GroupIds=[group_id])
    yield step("describe the rules", ec2.describe_security_group_rules, Filters=where(group_id=group_id))
    yield step("describe no rule", ec2.describe_security_group_rules, SecurityGroupRuleIds=["sgr-0123456789abcdef0"])
    words = {"IpProtocol": "tcp", "FromPort": 85, "ToPort": 86, "CidrIpv4": "10.1.0.0/16", "Description": "new"}
    change = [{"SecurityGroupRuleId": rule, "SecurityGroupRule": words}]
    yield step("modify a rule", ec2.modify_security_group_rules, GroupId=group_id, SecurityGroupRules=change)
    yield step("describe the rule", ec2.describe_security_group_rules, SecurityGroupRuleIds=[rule])
    update = ec2.update_security_group_rule_descriptions_ingress
    yield step(
        "describe a rule anew", update, **authorize({**tcp(85, "10.1.0.0/16", Description="newer"), "ToPort": 86})
    )
    yield step("describe a rule that is not there anew", update, **authorize(tcp(99)))
    revoke = ec2.revoke_security_group_ingress
    yield step("revoke by id", revoke, GroupId=group_id, SecurityGroupRuleIds=[rule])
    yield step("revoke by id again", revoke, GroupId=group_id, SecurityGroupRuleIds=[rule])
    yield step("revoke by what it allows", revoke, **authorize(tcp(81, "10.1.0.0/16")))
    yield step("revoke what is not allowed", revoke, **authorize(tcp(81, "10.1.0.0/16")))
    many = [tcp(port) for port in range(1000, 1060)]
    full = group(aws, vpc_id, "full")
    aws.quietly(ingress, GroupId=full, IpPermissions=many)
    yield step("allow the 61st", ingress, GroupId=full, IpPermissions=[tcp(2000)])


def interfaces(aws):
    ec2 = aws.ec2
    vpc_id = vpc(aws)
    subnet, group_id = subnets(aws, vpc_id)[0], group(aws, vpc_id)
    made = yield step(
        "make", ec2.create_network_interface, SubnetId=subnet, Groups=[group_id], PrivateIpAddress="10.0.0.10"
    )
    name = made["NetworkInterface"]["NetworkInterfaceId"]
    aws.wait(10)
    yield step("describe", ec2.describe_network_interfaces, NetworkInterfaceIds=[name])
    yield step("describe by group", ec2.describe_network_interfaces, Filters=where(group_id=group_id))
    taken = {"SubnetId": subnet, "PrivateIpAddress": "10.0.0.10"}
    yield step("make one with an address that is taken", ec2.create_network_interface, **taken)
    yield step(
        "make one with an address outside", ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.9.0.1"
    )
    yield step("make one in no subnet", ec2.create_network_interface, SubnetId="subnet-0123456789abcdef0")
    yield step("make one with no group", ec2.create_network_interface, SubnetId=subnet, Groups=[NO_GROUP])
    yield step("delete its group", ec2.delete_security_group, GroupId=group_id)
    yield step("delete its subnet", ec2.delete_subnet, SubnetId=subnet)
    other = group(aws, vpc_id, "other")
    group_id = group(aws, vpc_id, "another")
    aws.quietly(ec2.modify_network_interface_attribute, NetworkInterfaceId=name, Groups=[group_id])
    yield step("change its groups", ec2.modify_network_interface_attribute, NetworkInterfaceId=name, Groups=[other])
    yield step("delete the group that it had", ec2.delete_security_group, GroupId=group_id)
    yield step("delete", ec2.delete_network_interface, NetworkInterfaceId=name)
    yield step("delete again", ec2.delete_network_interface, NetworkInterfaceId=name)
    yield step("describe what was deleted", ec2.describe_network_interfaces, NetworkInterfaceIds=[name])


def endpoints(aws):
    ec2 = aws.ec2
    vpc_id = vpc(aws)
    subnet, group_id = subnets(aws, vpc_id)[0], group(aws, vpc_id)
    table = aws.quietly(ec2.describe_route_tables, Filters=where(vpc_id=vpc_id))["RouteTables"][0]["RouteTableId"]
    given = {
        "VpcId": vpc_id,
        "ServiceName": "com.amazonaws.eu-central-1.logs",
        "VpcEndpointType": "Interface",
        "SubnetIds": [subnet],
        "SecurityGroupIds": [group_id],
        "PrivateDnsEnabled": False,
    }
    made = yield step("make an interface endpoint", ec2.create_vpc_endpoint, **given, ClientToken="one")
    name = made["VpcEndpoint"]["VpcEndpointId"]
    again = yield step("make it with the same token", ec2.create_vpc_endpoint, **given, ClientToken="one")
    yield said("the same token gives the same endpoint", again["VpcEndpoint"]["VpcEndpointId"] == name)
    other = {**given, "SubnetIds": []}
    yield step("make another with the same token", ec2.create_vpc_endpoint, **other, ClientToken="one")
    aws.wait(300)
    yield step("describe", ec2.describe_vpc_endpoints, VpcEndpointIds=[name])
    yield step("describe by VPC", ec2.describe_vpc_endpoints, Filters=where(vpc_id=vpc_id))
    yield step(
        "make a gateway endpoint",
        ec2.create_vpc_endpoint,
        VpcId=vpc_id,
        ServiceName="com.amazonaws.eu-central-1.s3",
        RouteTableIds=[table],
    )
    yield step("make one to no service", ec2.create_vpc_endpoint, VpcId=vpc_id, ServiceName="com.amazonaws.mars.s3")
    yield step("make one in no VPC", ec2.create_vpc_endpoint, **{**given, "VpcId": NO_VPC})
    yield step("make one with no group", ec2.create_vpc_endpoint, **{**given, "SecurityGroupIds": [NO_GROUP]})
    private = {**given, "PrivateDnsEnabled": True}
    yield step("make one with private names in a VPC without host names", ec2.create_vpc_endpoint, **private)
    yield step("delete its group", ec2.delete_security_group, GroupId=group_id)
    yield step("modify it", ec2.modify_vpc_endpoint, VpcEndpointId=name, RemoveSecurityGroupIds=[NO_GROUP])
    yield step("delete", ec2.delete_vpc_endpoints, VpcEndpointIds=[name])
    yield step("delete none", ec2.delete_vpc_endpoints, VpcEndpointIds=["vpce-0123456789abcdef0"])
    aws.wait(900)
    yield step("describe what was deleted", ec2.describe_vpc_endpoints, VpcEndpointIds=[name])
    service = "com.amazonaws.eu-central-1.logs"
    yield step("describe a service", ec2.describe_vpc_endpoint_services, ServiceNames=[service])
    yield step("describe no service", ec2.describe_vpc_endpoint_services, ServiceNames=["com.amazonaws.mars.s3"])


def prefix_lists(aws):
    ec2 = aws.ec2
    named = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.eu-central-1.s3"]}]
    found = yield step("find that of S3", ec2.describe_managed_prefix_lists, Filters=named)
    name = found["PrefixLists"][0]["PrefixListId"]
    yield step("describe no list", ec2.describe_managed_prefix_lists, PrefixListIds=["pl-0123456789abcdef0"])
    yield step("read the entries of no list", ec2.get_managed_prefix_list_entries, PrefixListId="pl-0123456789abcdef0")
    yield said("it has an id", name.startswith("pl-"))


def tagged(aws):
    ec2 = aws.ec2
    vpc_id = vpc(aws)
    group_id = group(aws, vpc_id)
    yield step("tag two", ec2.create_tags, Resources=[vpc_id, group_id], Tags=tags(a="1", b="2"))
    yield step("describe those of one", ec2.describe_tags, Filters=where(resource_id=group_id))
    yield step(
        "delete by key and by another value",
        ec2.delete_tags,
        Resources=[group_id],
        Tags=[{"Key": "a"}, {"Key": "b", "Value": "other"}],
    )
    yield step("describe what is left", ec2.describe_tags, Filters=where(resource_id=group_id))
    yield step("delete what is not there", ec2.delete_tags, Resources=[group_id], Tags=[{"Key": "nothing"}])
    yield step("tag no group", ec2.create_tags, Resources=[NO_GROUP], Tags=tags(a="1"))
    yield step("tag with a reserved key", ec2.create_tags, Resources=[vpc_id], Tags=[{"Key": "aws:a", "Value": "1"}])
    yield step("tag what is no id", ec2.create_tags, Resources=["nonsense"], Tags=tags(a="1"))
    yield step(
        "tag with a key that is too long", ec2.create_tags, Resources=[vpc_id], Tags=[{"Key": "k" * 129, "Value": ""}]
    )
    many = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
    yield step("tag more than 50 times", ec2.create_tags, Resources=[vpc_id], Tags=many)
    yield step("describe by a filter that does not exist", ec2.describe_tags, Filters=where(nonsense="x"))


SCENARIOS = [
    vpcs, subnets_and_tables, acls, groups, groups_in_use, rules, interfaces, endpoints, prefix_lists, tagged,
]  # fmt: skip
