//! API Gateway v2.

use std::time::Duration;

use aws_sdk_acm::types::ValidationMethod;
use aws_sdk_apigatewayv2::Client;
use aws_sdk_apigatewayv2::types::{
    AccessLogSettings, AuthorizerType, Cors, DeploymentStatus, DomainNameConfiguration, DomainNameStatus,
    IntegrationType, IpAddressType, JwtConfiguration, MutualTlsAuthenticationInput, ProtocolType,
    RouteSettings, VpcLinkStatus,
};
use awsim::clock::SimTime;
use awsim::seed::{ACCOUNT, CLUSTER_GROUP, REGION, SUBNETS};
use awsim::server::Server;

use super::story::{assert_all_called, certificate, sdk_config, start};

#[tokio::test]
async fn api_gateway_is_read_whole() {
    let server = start().await;
    let gateway = Client::new(&sdk_config(&server.url()));
    vpc_link(&gateway, &server).await;
    let api = api(&gateway).await;
    let integration = integration(&gateway, &api).await;
    let route = route(&gateway, &api, &integration).await;
    log_group(&server).await;
    stage(&gateway, &api).await;
    deployment(&gateway, &server, &api).await;
    authorizer(&gateway, &api).await;
    tags(&gateway, &api).await;
    openapi(&gateway, &api).await;
    domain_name(&gateway, &server).await;
    let none = gateway.delete_route_request_parameter().api_id(&api).route_id(&route);
    let none = none.request_parameter_key("route.request.header.x").send().await.unwrap_err();
    assert!(none.into_service_error().is_not_found_exception());
    gateway.delete_route().api_id(&api).route_id(route).send().await.unwrap();
    gateway.delete_integration().api_id(&api).integration_id(integration).send().await.unwrap();
    gateway.delete_api().api_id(&api).send().await.unwrap();
    // Routes of HTTP APIs have no request parameters: there is none to delete.
    assert_all_called(&server, "apigatewayv2", &["DeleteRouteRequestParameter"]);
}

async fn vpc_link(gateway: &Client, server: &Server) {
    let request = gateway.create_vpc_link().name("link").subnet_ids(SUBNETS[0]);
    let made = request.security_group_ids(CLUSTER_GROUP).send().await.unwrap();
    let id = made.vpc_link_id().unwrap();
    assert_eq!(made.vpc_link_status(), Some(&VpcLinkStatus::Pending));
    server.clock().advance(Duration::from_secs(600));
    let read = gateway.get_vpc_link().vpc_link_id(id).send().await.unwrap();
    assert_eq!(read.vpc_link_status(), Some(&VpcLinkStatus::Available));
    let renamed = gateway.update_vpc_link().vpc_link_id(id).name("other").send().await.unwrap();
    assert_eq!(renamed.name(), Some("other"));
    let listed = gateway.get_vpc_links().send().await.unwrap();
    assert_eq!(listed.items()[0].subnet_ids(), [SUBNETS[0]]);
    gateway.delete_vpc_link().vpc_link_id(id).send().await.unwrap();
}

async fn api(gateway: &Client) -> String {
    let cors = Cors::builder().allow_origins("https://a.example").max_age(60).build();
    let request = gateway.create_api().name("shop").protocol_type(ProtocolType::Http);
    let made = request.cors_configuration(cors.clone()).send().await.unwrap();
    let id = made.api_id().unwrap();
    assert!(made.api_endpoint().unwrap().contains(id) && made.created_date().is_some());
    let changed = gateway.update_api().api_id(id).description("new").send().await.unwrap();
    assert_eq!((changed.description(), changed.cors_configuration()), (Some("new"), Some(&cors)));
    gateway.delete_cors_configuration().api_id(id).send().await.unwrap();
    let read = gateway.get_api().api_id(id).send().await.unwrap();
    assert_eq!(read.cors_configuration(), None);
    assert_eq!(gateway.get_apis().send().await.unwrap().items().len(), 1);
    id.to_owned()
}

async fn integration(gateway: &Client, api: &str) -> String {
    let made = gateway
        .create_integration()
        .api_id(api)
        .integration_type(IntegrationType::HttpProxy)
        .integration_method("ANY")
        .integration_uri("https://example.com")
        .payload_format_version("1.0")
        .request_parameters("overwrite:path", "$request.path")
        .send()
        .await
        .unwrap();
    let id = made.integration_id().unwrap().to_owned();
    let request = gateway.update_integration().api_id(api).integration_id(&id).timeout_in_millis(5_000);
    assert_eq!(request.send().await.unwrap().timeout_in_millis(), Some(5_000));
    let read = gateway.get_integration().api_id(api).integration_id(&id).send().await.unwrap();
    assert_eq!(read.request_parameters().unwrap()["overwrite:path"], "$request.path");
    assert_eq!(gateway.get_integrations().api_id(api).send().await.unwrap().items().len(), 1);
    id
}

async fn route(gateway: &Client, api: &str, integration: &str) -> String {
    let request = gateway.create_route().api_id(api).route_key("GET /orders/{id}");
    let id = request.send().await.unwrap().route_id.unwrap();
    let target = format!("integrations/{integration}");
    let changed = gateway.update_route().api_id(api).route_id(&id).target(&target).send().await.unwrap();
    assert_eq!(changed.target(), Some(target.as_str()));
    let read = gateway.get_route().api_id(api).route_id(&id).send().await.unwrap();
    assert_eq!(read.route_key(), Some("GET /orders/{id}"));
    assert_eq!(gateway.get_routes().api_id(api).send().await.unwrap().items().len(), 1);
    id
}

/// The group of the stage's access logs, without which they cannot be set.
async fn log_group(server: &Server) {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&sdk_config(&server.url()));
    logs.create_log_group().log_group_name("/aws/vendedlogs/apis/a").send().await.unwrap();
}

async fn stage(gateway: &Client, api: &str) {
    let throttle = RouteSettings::builder().throttling_rate_limit(7.5).throttling_burst_limit(5).build();
    let logs = AccessLogSettings::builder()
        .destination_arn("arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/apis/a")
        .format("$context.requestId");
    let made = gateway
        .create_stage()
        .api_id(api)
        .stage_name("live")
        .default_route_settings(throttle.clone())
        .access_log_settings(logs.build());
    made.send().await.unwrap();
    let request = gateway.update_stage().api_id(api).stage_name("live");
    let changed = request.route_settings("GET /orders/{id}", throttle.clone()).send().await.unwrap();
    assert_eq!(changed.route_settings().unwrap()["GET /orders/{id}"].throttling_rate_limit(), Some(7.5));
    gateway
        .delete_route_settings()
        .api_id(api)
        .stage_name("live")
        .route_key("GET /orders/{id}")
        .send()
        .await
        .unwrap();
    gateway.delete_access_log_settings().api_id(api).stage_name("live").send().await.unwrap();
    gateway.reset_authorizers_cache().api_id(api).stage_name("live").send().await.unwrap();
    let read = gateway.get_stage().api_id(api).stage_name("live").send().await.unwrap();
    assert!(read.access_log_settings().is_none() && read.route_settings().is_none_or(|s| s.is_empty()));
    assert_eq!(gateway.get_stages().api_id(api).send().await.unwrap().items().len(), 1);
}

async fn deployment(gateway: &Client, server: &Server, api: &str) {
    let made = gateway.create_deployment().api_id(api).stage_name("live").send().await.unwrap();
    let id = made.deployment_id().unwrap();
    server.clock().advance(Duration::from_secs(60));
    let read = gateway.get_deployment().api_id(api).deployment_id(id).send().await.unwrap();
    assert_eq!(read.deployment_status(), Some(&DeploymentStatus::Deployed));
    let request = gateway.update_deployment().api_id(api).deployment_id(id).description("first");
    assert_eq!(request.send().await.unwrap().description(), Some("first"));
    assert_eq!(gateway.get_deployments().api_id(api).send().await.unwrap().items().len(), 1);
    gateway.delete_stage().api_id(api).stage_name("live").send().await.unwrap();
    gateway.delete_deployment().api_id(api).deployment_id(id).send().await.unwrap();
}

async fn authorizer(gateway: &Client, api: &str) {
    let jwt = JwtConfiguration::builder().issuer("https://issuer.example").audience("shop").build();
    let made = gateway
        .create_authorizer()
        .api_id(api)
        .name("tokens")
        .authorizer_type(AuthorizerType::Jwt)
        .identity_source("$request.header.Authorization")
        .jwt_configuration(jwt.clone())
        .send()
        .await
        .unwrap();
    let id = made.authorizer_id().unwrap();
    let request = gateway.update_authorizer().api_id(api).authorizer_id(id).name("other");
    assert_eq!(request.send().await.unwrap().name(), Some("other"));
    let read = gateway.get_authorizer().api_id(api).authorizer_id(id).send().await.unwrap();
    assert_eq!(read.jwt_configuration(), Some(&jwt));
    assert_eq!(gateway.get_authorizers().api_id(api).send().await.unwrap().items().len(), 1);
    gateway.delete_authorizer().api_id(api).authorizer_id(id).send().await.unwrap();
}

async fn tags(gateway: &Client, api: &str) {
    let arn = format!("arn:aws:apigateway:{REGION}::/apis/{api}");
    gateway.tag_resource().resource_arn(&arn).tags("a", "1").tags("b", "2").send().await.unwrap();
    gateway.untag_resource().resource_arn(&arn).tag_keys("a").send().await.unwrap();
    let read = gateway.get_tags().resource_arn(&arn).send().await.unwrap();
    assert_eq!(read.tags().unwrap().len(), 1);
}

/// The API is exported, imported as another one, and that one imported once more.
async fn openapi(gateway: &Client, api: &str) {
    let request = gateway.export_api().api_id(api).specification("OAS30").output_type("JSON");
    let exported = request.send().await.unwrap();
    let definition = std::str::from_utf8(exported.body().unwrap().as_ref()).unwrap().to_owned();
    let made = gateway.import_api().body(&definition).fail_on_warnings(true).send().await.unwrap();
    let id = made.api_id().unwrap();
    assert_eq!((made.name(), made.warnings().len()), (Some("shop"), 0));
    assert_eq!(gateway.get_routes().api_id(id).send().await.unwrap().items().len(), 1);
    let again = gateway.reimport_api().api_id(id).body(&definition).send().await.unwrap();
    assert_eq!(again.api_id(), Some(id));
    let wrong = gateway.import_api().body("openapi: 2.0").send().await.unwrap_err();
    assert!(wrong.into_service_error().is_bad_request_exception());
    gateway.delete_api().api_id(id).send().await.unwrap();
}

async fn domain_name(gateway: &Client, server: &Server) {
    let name = "api.shop.example";
    let certificate = certificate(server).await;
    let configuration = DomainNameConfiguration::builder().certificate_arn(&certificate).build();
    let request = gateway.create_domain_name().domain_name(name).tags("a", "1");
    let made = request.domain_name_configurations(configuration).send().await.unwrap();
    let status = made.domain_name_configurations()[0].domain_name_status();
    assert_eq!((made.domain_name(), status), (Some(name), Some(&DomainNameStatus::Available)));
    api_mapping(gateway, name).await;
    let trust = MutualTlsAuthenticationInput::builder().truststore_uri("s3://trust/store.pem").build();
    let alone = gateway.update_domain_name().domain_name(name).mutual_tls_authentication(trust.clone());
    assert!(alone.send().await.unwrap_err().into_service_error().is_bad_request_exception());
    let configuration = DomainNameConfiguration::builder()
        .ip_address_type(IpAddressType::Dualstack)
        .ownership_verification_certificate_arn(proof(server).await)
        .build();
    let request = gateway.update_domain_name().domain_name(name).mutual_tls_authentication(trust);
    let changed = request.domain_name_configurations(configuration).send().await.unwrap();
    let status = changed.domain_name_configurations()[0].domain_name_status();
    assert_eq!(status, Some(&DomainNameStatus::Updating));
    let busy = gateway.update_domain_name().domain_name(name).send().await.unwrap_err();
    assert!(busy.into_service_error().is_conflict_exception());
    server.clock().advance(Duration::from_secs(3600));
    let read = gateway.get_domain_name().domain_name(name).send().await.unwrap();
    let uri = read.mutual_tls_authentication().and_then(|m| m.truststore_uri());
    assert_eq!(uri, Some("s3://trust/store.pem"));
    assert_eq!(gateway.get_domain_names().send().await.unwrap().items().len(), 1);
    let acm = aws_sdk_acm::Client::new(&sdk_config(&server.url()));
    let used = acm.delete_certificate().certificate_arn(&certificate).send().await.unwrap_err();
    assert!(used.into_service_error().is_resource_in_use_exception());
    gateway.delete_domain_name().domain_name(name).send().await.unwrap();
}

/// A certificate of ACM's own: with mutual TLS an imported one needs it besides.
async fn proof(server: &Server) -> String {
    let acm = aws_sdk_acm::Client::new(&sdk_config(&server.url()));
    let request =
        acm.request_certificate().domain_name("shop.example").subject_alternative_names("*.shop.example");
    let made = request.validation_method(ValidationMethod::Dns).send().await.unwrap();
    let arn = made.certificate_arn().unwrap().to_owned();
    server.with_world(|world| {
        let call = world.call(ACCOUNT, REGION);
        let now = call.now;
        let issued = call.region.acm.certificates.get_mut(&arn).unwrap();
        issued.status = awsim::acm::Status::Issued;
        issued.valid = Some((now, SimTime(u64::MAX)));
    });
    arn
}

async fn api_mapping(gateway: &Client, name: &str) {
    let made = gateway.create_api().name("mapped").protocol_type(ProtocolType::Http).send().await.unwrap();
    let api = made.api_id().unwrap();
    gateway.create_stage().api_id(api).stage_name("$default").send().await.unwrap();
    let create = || gateway.create_api_mapping().domain_name(name).api_id(api).stage("$default");
    let made = create().api_mapping_key("v1").send().await.unwrap();
    let id = made.api_mapping_id().unwrap();
    let taken = create().api_mapping_key("v1").send().await.unwrap_err();
    assert!(taken.into_service_error().is_conflict_exception());
    let request = gateway.update_api_mapping().domain_name(name).api_mapping_id(id).api_id(api);
    let changed = request.api_mapping_key("v2/shop").send().await.unwrap();
    assert_eq!(changed.api_mapping_key(), Some("v2/shop"));
    let read = gateway.get_api_mapping().domain_name(name).api_mapping_id(id).send().await.unwrap();
    assert_eq!((read.stage(), read.api_mapping_key()), (Some("$default"), Some("v2/shop")));
    assert_eq!(gateway.get_api_mappings().domain_name(name).send().await.unwrap().items().len(), 1);
    gateway.delete_api_mapping().domain_name(name).api_mapping_id(id).send().await.unwrap();
    gateway.delete_api().api_id(api).send().await.unwrap();
}
