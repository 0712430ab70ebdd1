use serde_json::{Value, json};

use super::lab::Lab;

/// One statistic of everything that came so far; `None` without data.
fn statistic(lab: &Lab, name: &str, dimensions: &[(&str, &str)], statistic: &str) -> Option<f64> {
    let pairs = dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
    let input = json!({
        "Namespace": "AWS/ApiGateway", "MetricName": name, "Dimensions": pairs.collect::<Vec<_>>(),
        "StartTime": 1_699_999_200, "EndTime": 1_700_002_800, "Period": 3600, "Statistics": [statistic],
    });
    let found = lab.call("cloudwatch", "GetMetricStatistics", input);
    let points: &Vec<Value> = found["Datapoints"].as_array().unwrap();
    points.first().and_then(|point| point[statistic].as_f64())
}

/// AGD, http-api-metrics: by API and by stage; the average of errors is their rate.
#[tokio::test]
async fn requests_are_counted_by_api_and_by_stage() {
    let lab = Lab::with_routes(&["GET /a", "GET /status/{n}"]).await;
    let body = lab.get("/a").await.body.len();
    let missing = lab.get("/none").await.body.len();
    let failed = lab.get("/status/500").await.body.len();
    let refused = lab.get("/b").await.body.len();
    let api = ("ApiId", lab.api.as_str());
    for dimensions in [&[api][..], &[api, ("Stage", "$default")]] {
        for (name, sum) in [("Count", 4.0), ("4xx", 2.0), ("5xx", 1.0), ("Latency", 0.0)] {
            assert_eq!(statistic(&lab, name, dimensions, "Sum"), Some(sum), "{name}");
        }
        assert_eq!(statistic(&lab, "4xx", dimensions, "Average"), Some(0.5));
        assert_eq!(statistic(&lab, "IntegrationLatency", dimensions, "SampleCount"), Some(2.0));
        let bytes = (body + missing + failed + refused) as f64;
        assert_eq!(statistic(&lab, "DataProcessed", dimensions, "Sum"), Some(bytes));
    }
    assert_eq!(statistic(&lab, "Count", &[api, ("Stage", "other")], "Sum"), None);
}

/// AGD, http-api-metrics; the dimensions as AWS sends them: yace 1031. A route's own settings replace the
/// stage's, so that metrics which they do not name are off (terraform-aws-apigateway-v2 80).
#[tokio::test]
async fn routes_are_counted_with_detailed_metrics_only() {
    let lab = Lab::with_routes(&["GET /a", "$default"]).await;
    let api = lab.api.clone();
    let of = |method, resource| {
        let dimensions =
            [("ApiId", api.as_str()), ("Stage", "$default"), ("Method", method), ("Resource", resource)];
        statistic(&lab, "Count", &dimensions, "Sum")
    };
    lab.get("/a").await;
    assert_eq!(of("GET", "/a"), None);
    lab.change("UpdateStage", json!({"RouteSettings": {"GET /a": {"DetailedMetricsEnabled": true}}}));
    lab.get("/a").await;
    lab.get("/b").await;
    assert_eq!((of("GET", "/a"), of("$default", "$default")), (Some(1.0), None));
    lab.change("UpdateStage", json!({"DefaultRouteSettings": {"DetailedMetricsEnabled": true}}));
    lab.get("/b").await;
    assert_eq!(of("$default", "$default"), Some(1.0));
    let throttled = json!({"ThrottlingRateLimit": 100.0, "ThrottlingBurstLimit": 100});
    lab.change("UpdateStage", json!({"RouteSettings": {"$default": throttled}}));
    lab.get("/b").await;
    assert_eq!(of("$default", "$default"), Some(1.0));
}
