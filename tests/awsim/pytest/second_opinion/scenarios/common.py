"""What several scenarios start from. None of it is compared."""

ZONES = ("eu-central-1a", "eu-central-1b")
NO_VPC = "vpc-0123456789abcdef0"
NO_GROUP = "sg-0123456789abcdef0"


def vpc(aws, block="10.0.0.0/16"):
    """The id of a new VPC."""
    return aws.quietly(aws.ec2.create_vpc, CidrBlock=block)["Vpc"]["VpcId"]


def subnets(aws, vpc_id):
    """The ids of a subnet in each of two zones."""
    return [
        aws.quietly(aws.ec2.create_subnet, VpcId=vpc_id, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate(ZONES)
    ]


def group(aws, vpc_id, name="app"):
    """The id of a new security group."""
    return aws.quietly(aws.ec2.create_security_group, GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]


def load_balancer(aws, name="edge"):
    """The ARN of a network load balancer in a VPC of its own, the VPC and the group that it carries."""
    vpc_id = vpc(aws)
    group_id = group(aws, vpc_id)
    made = aws.quietly(
        aws.elbv2.create_load_balancer,
        Name=name,
        Type="network",
        Scheme="internal",
        Subnets=subnets(aws, vpc_id),
        SecurityGroups=[group_id],
    )
    return made["LoadBalancers"][0]["LoadBalancerArn"], vpc_id, group_id


def target_group(aws, vpc_id, name="pods", protocol="TCP"):
    """The ARN of a target group of addresses."""
    made = aws.quietly(
        aws.elbv2.create_target_group, Name=name, Protocol=protocol, Port=80, TargetType="ip", VpcId=vpc_id
    )
    return made["TargetGroups"][0]["TargetGroupArn"]


def forward(arn):
    return [{"Type": "forward", "TargetGroupArn": arn}]


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]
