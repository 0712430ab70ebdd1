"""HTTP APIs: integrations, routes, authorizers, stages, VPC links, domain names and mappings."""

from ..play import said, step
from .common import group, subnets, vpc


def new_api(aws):
    return aws.quietly(aws.apigatewayv2.create_api, Name="shop", ProtocolType="HTTP")["ApiId"]


def apis(aws):
    gateway = aws.apigatewayv2
    given = {"Name": "shop", "ProtocolType": "HTTP"}
    made = yield step("make", gateway.create_api, **given, Tags={"owner": "me"}, Description="first")
    api = made["ApiId"]
    again = yield step("make one of the same name", gateway.create_api, **given)
    yield said("names repeat", again["ApiId"] != api)
    yield step("get", gateway.get_api, ApiId=api)
    yield step("list", gateway.get_apis)
    yield step("list a page of one", gateway.get_apis, MaxResults="1")
    yield step("list a page of no number", gateway.get_apis, MaxResults="none")
    yield step("make one of no protocol there is", gateway.create_api, Name="a", ProtocolType="FTP")
    yield step("make one without a name", gateway.create_api, ProtocolType="HTTP")
    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 60}
    yield step("update", gateway.update_api, ApiId=api, Description="new", CorsConfiguration=cors)
    wide = {"AllowOrigins": ["*"], "AllowCredentials": True}
    yield step("allow every origin credentials", gateway.update_api, ApiId=api, CorsConfiguration=wide)
    yield step("delete CORS", gateway.delete_cors_configuration, ApiId=api)
    yield step("get it without CORS", gateway.get_api, ApiId=api)
    arn = f"arn:aws:apigateway:eu-central-1::/apis/{api}"
    yield step("tag", gateway.tag_resource, ResourceArn=arn, Tags={"team": "a"})
    yield step("untag", gateway.untag_resource, ResourceArn=arn, TagKeys=["owner", "nothing"])
    yield step("get tags", gateway.get_tags, ResourceArn=arn)
    yield step("get tags of none", gateway.get_tags, ResourceArn=arn[:-4] + "0000")
    yield step("delete", gateway.delete_api, ApiId=api)
    yield step("delete again", gateway.delete_api, ApiId=api)
    yield step("get what was deleted", gateway.get_api, ApiId=api)
    yield step("update what was deleted", gateway.update_api, ApiId=api, Name="b")


def integrations_and_routes(aws):
    gateway = aws.apigatewayv2
    api = new_api(aws)
    proxy = {
        "ApiId": api,
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": "https://a.example",
        "PayloadFormatVersion": "1.0",
    }
    made = yield step("make an integration", gateway.create_integration, **proxy)
    integration = made["IntegrationId"]
    yield step("get it", gateway.get_integration, ApiId=api, IntegrationId=integration)
    yield step("make one of no type there is", gateway.create_integration, **{**proxy, "IntegrationType": "FTP"})
    yield step("make one that waits too long", gateway.create_integration, **{**proxy, "TimeoutInMillis": 30001})
    yield step("make one that waits too short", gateway.create_integration, **{**proxy, "TimeoutInMillis": 49})
    link = {"ConnectionType": "VPC_LINK", "ConnectionId": "abcdef"}
    yield step("make one through no link", gateway.create_integration, **{**proxy, **link})
    yield step("make one of no API", gateway.create_integration, **{**proxy, "ApiId": "aaaaaaaaaa"})
    change = {"ApiId": api, "IntegrationId": integration}
    yield step("update it", gateway.update_integration, **change, TimeoutInMillis=5000, Description="slow")
    mapping = {"overwrite:path": "$request.path"}
    yield step("map a parameter", gateway.update_integration, **change, RequestParameters=mapping)
    yield step("unmap it", gateway.update_integration, **change, RequestParameters={"overwrite:path": ""})
    yield step("list", gateway.get_integrations, ApiId=api)
    given = {"ApiId": api, "RouteKey": "GET /orders/{id}", "Target": f"integrations/{integration}"}
    made = yield step("make a route", gateway.create_route, **given)
    route = made["RouteId"]
    yield step("make the route again", gateway.create_route, **given)
    yield step("make one of no form", gateway.create_route, **{**given, "RouteKey": "GET orders"})
    yield step("make one of no method there is", gateway.create_route, **{**given, "RouteKey": "FETCH /a"})
    yield step(
        "make one to no integration",
        gateway.create_route,
        **{**given, "RouteKey": "GET /b", "Target": "integrations/none"},
    )
    yield step(
        "make one for no authorizer",
        gateway.create_route,
        **{**given, "RouteKey": "GET /c", "AuthorizationType": "JWT", "AuthorizerId": "none00"},
    )
    yield step("make the route of all else", gateway.create_route, ApiId=api, RouteKey="$default")
    yield step("get the route", gateway.get_route, ApiId=api, RouteId=route)
    yield step("get none", gateway.get_route, ApiId=api, RouteId="none000")
    yield step("list routes", gateway.get_routes, ApiId=api)
    yield step("update the route", gateway.update_route, ApiId=api, RouteId=route, RouteKey="ANY /orders")
    yield step("delete the integration in use", gateway.delete_integration, **change)
    yield step("delete the route", gateway.delete_route, ApiId=api, RouteId=route)
    yield step("delete the route again", gateway.delete_route, ApiId=api, RouteId=route)
    yield step("delete the integration", gateway.delete_integration, **change)
    yield step("delete the integration again", gateway.delete_integration, **change)
    yield step("update what was deleted", gateway.update_integration, **change, Description="gone")


def authorizers(aws):
    gateway = aws.apigatewayv2
    api = new_api(aws)
    given = {
        "ApiId": api,
        "Name": "tokens",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["shop"]},
    }
    made = yield step("make", gateway.create_authorizer, **given)
    authorizer = made["AuthorizerId"]
    yield step("make one of the same name", gateway.create_authorizer, **given)
    yield step(
        "make one of no type there is", gateway.create_authorizer, **{**given, "Name": "b", "AuthorizerType": "X"}
    )
    bare = {key: value for key, value in given.items() if key != "JwtConfiguration"}
    yield step("make one without an issuer", gateway.create_authorizer, **{**bare, "Name": "c"})
    route = aws.quietly(
        gateway.create_route, ApiId=api, RouteKey="GET /", AuthorizationType="JWT", AuthorizerId=authorizer
    )["RouteId"]
    yield step("get", gateway.get_authorizer, ApiId=api, AuthorizerId=authorizer)
    yield step("get none", gateway.get_authorizer, ApiId=api, AuthorizerId="none00")
    yield step("update", gateway.update_authorizer, ApiId=api, AuthorizerId=authorizer, Name="other")
    yield step("list", gateway.get_authorizers, ApiId=api)
    yield step("delete in use", gateway.delete_authorizer, ApiId=api, AuthorizerId=authorizer)
    aws.quietly(gateway.delete_route, ApiId=api, RouteId=route)
    yield step("delete", gateway.delete_authorizer, ApiId=api, AuthorizerId=authorizer)
    yield step("delete again", gateway.delete_authorizer, ApiId=api, AuthorizerId=authorizer)


def stages(aws):
    gateway = aws.apigatewayv2
    api = new_api(aws)
    made = aws.quietly(
        gateway.create_integration,
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="https://a.example",
        PayloadFormatVersion="1.0",
    )
    aws.quietly(gateway.create_route, ApiId=api, RouteKey="GET /", Target=f"integrations/{made['IntegrationId']}")
    given = {"ApiId": api, "StageName": "live", "StageVariables": {"a": "1"}, "Tags": {"owner": "me"}}
    yield step("make", gateway.create_stage, **given)
    yield step("make again", gateway.create_stage, **given)
    yield step("make one of no name there can be", gateway.create_stage, ApiId=api, StageName="a b")
    yield step("make one of no API", gateway.create_stage, ApiId="aaaaaaaaaa", StageName="live")
    yield step("make the default one", gateway.create_stage, ApiId=api, StageName="$default", AutoDeploy=True)
    yield step("get", gateway.get_stage, ApiId=api, StageName="live")
    yield step("get none", gateway.get_stage, ApiId=api, StageName="none")
    yield step("update", gateway.update_stage, ApiId=api, StageName="live", Description="new")
    yield step("list", gateway.get_stages, ApiId=api)
    yield step("deploy", gateway.create_deployment, ApiId=api)
    yield step("list deployments", gateway.get_deployments, ApiId=api)
    yield step(
        "delete settings of no route", gateway.delete_route_settings, ApiId=api, StageName="live", RouteKey="GET /x"
    )
    yield step("delete no access log", gateway.delete_access_log_settings, ApiId=api, StageName="live")
    yield step("export", gateway.export_api, ApiId=api, OutputType="JSON", Specification="OAS30")
    yield step("delete", gateway.delete_stage, ApiId=api, StageName="live")
    yield step("delete again", gateway.delete_stage, ApiId=api, StageName="live")
    yield step("delete the API with all", gateway.delete_api, ApiId=api)
    yield step("get a stage of a deleted API", gateway.get_stage, ApiId=api, StageName="$default")


def links(aws):
    gateway = aws.apigatewayv2
    vpc_id = vpc(aws)
    ids, group_id = subnets(aws, vpc_id), group(aws, vpc_id)
    given = {"Name": "link", "SubnetIds": ids, "SecurityGroupIds": [group_id]}
    made = yield step("make", gateway.create_vpc_link, **given, Tags={"owner": "me"})
    link = made["VpcLinkId"]
    again = yield step("make an equal one", gateway.create_vpc_link, **given)
    yield said("an equal one is another", again["VpcLinkId"] != link)
    yield step(
        "make one in no subnet there is",
        gateway.create_vpc_link,
        **{**given, "SubnetIds": ["subnet-0123456789abcdef0"]},
    )
    yield step("make one in no subnets", gateway.create_vpc_link, **{**given, "SubnetIds": []})
    yield step("make one without a name", gateway.create_vpc_link, SubnetIds=ids)
    aws.wait(180)
    yield step("get", gateway.get_vpc_link, VpcLinkId=link)
    yield step("list", gateway.get_vpc_links)
    yield step("rename", gateway.update_vpc_link, VpcLinkId=link, Name="other")
    yield step("delete a group in use", aws.ec2.delete_security_group, GroupId=group_id)
    yield step("get none", gateway.get_vpc_link, VpcLinkId="none00")
    yield step("delete", gateway.delete_vpc_link, VpcLinkId=link)
    aws.wait(600)
    yield step("delete again", gateway.delete_vpc_link, VpcLinkId=link)
    yield step("get what was deleted", gateway.get_vpc_link, VpcLinkId=link)


def domains(aws, certificate):
    gateway = aws.apigatewayv2
    api = new_api(aws)
    aws.quietly(gateway.create_stage, ApiId=api, StageName="$default")
    arn = certificate(aws)
    settings = [{"CertificateArn": arn, "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}]
    given = {"DomainName": "www.shop.example", "DomainNameConfigurations": settings}
    yield step("make", gateway.create_domain_name, **given, Tags={"owner": "me"})
    yield step("make again", gateway.create_domain_name, **given)
    aws.wait(600)
    yield step("get", gateway.get_domain_name, DomainName="www.shop.example")
    yield step("get none", gateway.get_domain_name, DomainName="none.shop.example")
    yield step("list", gateway.get_domain_names)
    mapping = {"DomainName": "www.shop.example", "ApiId": api, "Stage": "$default"}
    made = yield step("map", gateway.create_api_mapping, **mapping, ApiMappingKey="v1")
    yield step("map the key again", gateway.create_api_mapping, **mapping, ApiMappingKey="v1")
    yield step("map a key of no form", gateway.create_api_mapping, **mapping, ApiMappingKey="/v1")
    yield step("map to no API", gateway.create_api_mapping, **{**mapping, "ApiId": "aaaaaaaaaa"})
    yield step("map to no stage", gateway.create_api_mapping, **{**mapping, "Stage": "none"})
    yield step("list mappings", gateway.get_api_mappings, DomainName="www.shop.example")
    name = {"DomainName": "www.shop.example", "ApiMappingId": made["ApiMappingId"]}
    yield step("get the mapping", gateway.get_api_mapping, **name)
    yield step("delete the certificate in use", aws.acm.delete_certificate, CertificateArn=arn)
    yield step("unmap", gateway.delete_api_mapping, **name)
    yield step("unmap again", gateway.delete_api_mapping, **name)
    yield step("delete", gateway.delete_domain_name, DomainName="www.shop.example")
    yield step("delete again", gateway.delete_domain_name, DomainName="www.shop.example")


SCENARIOS = [apis, integrations_and_routes, authorizers, stages, links]
