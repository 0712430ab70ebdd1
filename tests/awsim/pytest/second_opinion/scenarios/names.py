"""Certificates and hosted zones."""

from ..play import Missing, said, step
from . import apigatewayv2
from .common import tags, vpc


def pair():
    """A new self-signed certificate of *.shop.example and its key, both as PEM."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "*.shop.example")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=800))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("*.shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()),
    )


CERTIFICATE, KEY = pair()


def imported(aws):
    """The ARN of an imported certificate."""
    return aws.quietly(aws.acm.import_certificate, Certificate=CERTIFICATE, PrivateKey=KEY)["CertificateArn"]


def domains(aws):
    yield from apigatewayv2.domains(aws, imported)


def certificates(aws):
    acm = aws.acm
    given = {"DomainName": "www.lab.example", "ValidationMethod": "DNS", "IdempotencyToken": "one"}
    made = yield step("request", acm.request_certificate, **given)
    arn = made["CertificateArn"]
    again = yield step("request with the same token", acm.request_certificate, **given)
    yield said("the same token gives the same certificate", again["CertificateArn"] == arn)
    yield step("request a name of no form", acm.request_certificate, DomainName="-lab.example", ValidationMethod="DNS")
    many = [f"n{n}.lab.example" for n in range(101)]
    yield step(
        "request more names than are allowed",
        acm.request_certificate,
        DomainName="a.example",
        ValidationMethod="DNS",
        SubjectAlternativeNames=many,
    )
    aws.wait(10)
    yield step("describe", acm.describe_certificate, CertificateArn=arn)
    yield step("get one that is not issued", acm.get_certificate, CertificateArn=arn)
    none = f"arn:aws:acm:eu-central-1:{aws.account}:certificate/00000000-0000-4000-8000-000000000000"
    yield step("describe none", acm.describe_certificate, CertificateArn=none)
    yield step("describe what is no ARN", acm.describe_certificate, CertificateArn="nonsense")
    yield step("tag", acm.add_tags_to_certificate, CertificateArn=arn, Tags=tags(owner="me", x="1"))
    yield step("untag", acm.remove_tags_from_certificate, CertificateArn=arn, Tags=[{"Key": "x"}])
    yield step("list its tags", acm.list_tags_for_certificate, CertificateArn=arn)
    yield step("list tags of none", acm.list_tags_for_certificate, CertificateArn=none)
    yield step(
        "tag with a reserved key",
        acm.add_tags_to_certificate,
        CertificateArn=arn,
        Tags=[{"Key": "aws:a", "Value": "1"}],
    )
    crowd = [{"Key": f"k{n}", "Value": "v"} for n in range(51)]
    yield step("tag more than 50 times", acm.add_tags_to_certificate, CertificateArn=arn, Tags=crowd)
    parts = [{"Key": f"p{n}", "Value": "v"} for n in range(48)]
    aws.quietly(acm.add_tags_to_certificate, CertificateArn=arn, Tags=parts)
    yield step("tag past 50", acm.add_tags_to_certificate, CertificateArn=arn, Tags=tags(y="1", z="2"))
    yield step("list those that are issued", acm.list_certificates, CertificateStatuses=["ISSUED"])
    yield step("list those that wait", acm.list_certificates, CertificateStatuses=["PENDING_VALIDATION"])
    yield step(
        "mail for a request by DNS",
        acm.resend_validation_email,
        CertificateArn=arn,
        Domain="www.lab.example",
        ValidationDomain="lab.example",
    )
    yield step("list a page of none", acm.list_certificates, MaxItems=0)
    yield step("delete", acm.delete_certificate, CertificateArn=arn)
    yield step("delete again", acm.delete_certificate, CertificateArn=arn)
    made = yield step("import", acm.import_certificate, Certificate=CERTIFICATE, PrivateKey=KEY, Tags=tags(a="1"))
    own = made["CertificateArn"]
    yield step("describe the import", acm.describe_certificate, CertificateArn=own)
    yield step("get the import", acm.get_certificate, CertificateArn=own)
    again = yield step(
        "import anew", acm.import_certificate, CertificateArn=own, Certificate=CERTIFICATE, PrivateKey=KEY
    )
    yield said("an import anew keeps the ARN", again["CertificateArn"] == own)
    yield step(
        "import anew with tags",
        acm.import_certificate,
        CertificateArn=own,
        Certificate=CERTIFICATE,
        PrivateKey=KEY,
        Tags=tags(a="1"),
    )
    yield step(
        "import anew what is not there",
        acm.import_certificate,
        CertificateArn=none,
        Certificate=CERTIFICATE,
        PrivateKey=KEY,
    )
    yield step("import what is no certificate", acm.import_certificate, Certificate=b"none", PrivateKey=KEY)
    yield step("import two in one", acm.import_certificate, Certificate=CERTIFICATE * 2, PrivateKey=KEY)
    yield step(
        "mail for an import",
        acm.resend_validation_email,
        CertificateArn=own,
        Domain="www.shop.example",
        ValidationDomain="shop.example",
    )


def bare(answer):
    """The id of a zone without its path."""
    name = answer["HostedZone"]["Id"]
    return name if isinstance(name, Missing) else name.rsplit("/")[-1]


def record(name, kind="A", *values, **more):
    values = values or ("10.0.0.1",)
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": one} for one in values], **more}


def zones(aws):
    dns = aws.route53
    config = {"Comment": "a <b> & c"}
    made = yield step("make", dns.create_hosted_zone, Name="Lab.net", CallerReference="one", HostedZoneConfig=config)
    zone = bare(made)
    yield step("make with the same reference", dns.create_hosted_zone, Name="b.net", CallerReference="one")
    twin = yield step("make another of the name", dns.create_hosted_zone, Name="lab.net", CallerReference="two")
    aws.quietly(dns.delete_hosted_zone, Id=bare(twin))
    yield step("make one of no name there can be", dns.create_hosted_zone, Name="a..b", CallerReference="three")
    yield step("get", dns.get_hosted_zone, Id=zone)
    yield step("get none", dns.get_hosted_zone, Id="Z00000000000000000000")
    yield step("count", dns.get_hosted_zone_count)
    yield step("comment", dns.update_hosted_zone_comment, Id=zone, Comment="new")
    yield step("list", dns.list_hosted_zones)
    yield step("list a page of one", dns.list_hosted_zones, MaxItems="1")
    yield step("list a page of no number", dns.list_hosted_zones, MaxItems="none")
    yield step("list by name", dns.list_hosted_zones_by_name, DNSName="lab.net", MaxItems="1")
    yield step("list the records that come with it", dns.list_resource_record_sets, HostedZoneId=zone)
    yield step("tag", dns.change_tags_for_resource, ResourceType="hostedzone", ResourceId=zone, AddTags=tags(a="1"))
    yield step("list its tags", dns.list_tags_for_resource, ResourceType="hostedzone", ResourceId=zone)
    yield step("list tags of several", dns.list_tags_for_resources, ResourceType="hostedzone", ResourceIds=[zone])
    yield step(
        "list tags of none", dns.list_tags_for_resource, ResourceType="hostedzone", ResourceId="Z00000000000000000000"
    )
    yield step("delete", dns.delete_hosted_zone, Id=zone)
    yield step("delete again", dns.delete_hosted_zone, Id=zone)


def records(aws):
    dns = aws.route53
    zone = bare(aws.quietly(dns.create_hosted_zone, Name="lab.net", CallerReference="r"))

    def change(*changes):
        batch = [{"Action": action, "ResourceRecordSet": given} for action, given in changes]
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": batch}}

    call = dns.change_resource_record_sets
    made = yield step("create", call, **change(("CREATE", record("a.lab.net"))))
    changed = made["ChangeInfo"]["Id"]
    aws.wait(120)
    yield step("get the change", dns.get_change, Id=changed)
    yield step("create again", call, **change(("CREATE", record("a.lab.net"))))
    yield step("upsert", call, **change(("UPSERT", record("a.lab.net", "A", "10.0.0.2"))))
    yield step("delete one that is not so", call, **change(("DELETE", record("a.lab.net", "A", "10.0.0.9"))))
    yield step("delete one that is not there", call, **change(("DELETE", record("no.lab.net"))))
    half = change(("CREATE", record("b.lab.net")), ("CREATE", record("a.lab.net")))
    yield step("change half a batch", call, **half)
    yield step("list", dns.list_resource_record_sets, HostedZoneId=zone)
    yield step("create outside the zone", call, **change(("CREATE", record("a.other.net"))))
    yield step("create an alias beside a record", call, **change(("CREATE", record("a.lab.net", "CNAME", "b.lab.net"))))
    yield step("create a name at the top", call, **change(("CREATE", record("lab.net", "CNAME", "b.lab.net"))))
    yield step("create what is no address", call, **change(("CREATE", record("c.lab.net", "A", "nonsense"))))
    yield step("create text without quotes", call, **change(("CREATE", record("c.lab.net", "TXT", "plain"))))
    yield step(
        "create one without a TTL",
        call,
        **change(("CREATE", {key: value for key, value in record("c.lab.net").items() if key != "TTL"})),
    )
    yield step("create weighted", call, **change(("CREATE", record("w.lab.net", SetIdentifier="1", Weight=10))))
    yield step("create a simple one beside a weighted", call, **change(("CREATE", record("w.lab.net"))))
    target = {"HostedZoneId": zone, "DNSName": "none.lab.net", "EvaluateTargetHealth": False}
    yield step(
        "alias to nothing", call, **change(("CREATE", {"Name": "x.lab.net", "Type": "A", "AliasTarget": target}))
    )
    target = {"HostedZoneId": zone, "DNSName": "a.lab.net", "EvaluateTargetHealth": False}
    yield step(
        "alias to a record", call, **change(("CREATE", {"Name": "x.lab.net", "Type": "A", "AliasTarget": target}))
    )
    yield step(
        "list from a name", dns.list_resource_record_sets, HostedZoneId=zone, StartRecordName="w.lab.net", MaxItems="1"
    )
    yield step("list of no zone", dns.list_resource_record_sets, HostedZoneId="Z00000000000000000000")
    yield step("change nothing", call, **change())
    yield step("delete a zone with records", dns.delete_hosted_zone, Id=zone)
    soa = change(("DELETE", record("lab.net", "NS", "ns-1.example")))
    yield step("delete the servers of the zone", call, **soa)


def private_zones(aws):
    dns = aws.route53
    first, second = ({"VPCRegion": "eu-central-1", "VPCId": vpc(aws)} for _ in range(2))
    alone = {"VPCRegion": "eu-central-1", "VPCId": vpc(aws)}
    yield step("make by its VPC alone", dns.create_hosted_zone, Name="b.internal", CallerReference="o", VPC=alone)
    private = {"PrivateZone": True, "Comment": ""}
    made = yield step(
        "make", dns.create_hosted_zone, Name="lab.internal", CallerReference="p", VPC=first, HostedZoneConfig=private
    )
    zone = bare(made)
    yield step("get", dns.get_hosted_zone, Id=zone)
    yield step("let go of the last VPC", dns.disassociate_vpc_from_hosted_zone, HostedZoneId=zone, VPC=first)
    yield step("associate", dns.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=second)
    yield step("associate again", dns.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=second)
    none = {"VPCRegion": "eu-central-1", "VPCId": "vpc-0123456789abcdef0"}
    yield step("associate no VPC", dns.associate_vpc_with_hosted_zone, HostedZoneId=zone, VPC=none)
    yield step("list those of a VPC", dns.list_hosted_zones_by_vpc, **second)
    yield step(
        "make one of the name for the VPC", dns.create_hosted_zone, Name="lab.internal", CallerReference="q", VPC=first
    )
    yield step("let go of a VPC", dns.disassociate_vpc_from_hosted_zone, HostedZoneId=zone, VPC=first)
    yield step("let go of it again", dns.disassociate_vpc_from_hosted_zone, HostedZoneId=zone, VPC=first)
    public = bare(aws.quietly(dns.create_hosted_zone, Name="lab.net", CallerReference="s"))
    yield step("associate with a public zone", dns.associate_vpc_with_hosted_zone, HostedZoneId=public, VPC=second)


def health_checks(aws):
    dns = aws.route53
    config = {"IPAddress": "192.0.2.1", "Port": 443, "Type": "HTTPS", "ResourcePath": "/ready"}
    made = yield step("make", dns.create_health_check, CallerReference="one", HealthCheckConfig=config)
    name = made["HealthCheck"]["Id"]
    again = yield step(
        "make with the same reference", dns.create_health_check, CallerReference="one", HealthCheckConfig=config
    )
    yield said("the same reference gives the same check", again["HealthCheck"]["Id"] == name)
    other = {**config, "Port": 80}
    yield step(
        "make another with the same reference", dns.create_health_check, CallerReference="one", HealthCheckConfig=other
    )
    yield step("get", dns.get_health_check, HealthCheckId=name)
    yield step("list", dns.list_health_checks)
    yield step("update", dns.update_health_check, HealthCheckId=name, Port=8443)
    yield step("delete", dns.delete_health_check, HealthCheckId=name)
    yield step("delete again", dns.delete_health_check, HealthCheckId=name)
    yield step("get what was deleted", dns.get_health_check, HealthCheckId=name)


SCENARIOS = [certificates, zones, records, private_zones, health_checks, domains]
