//! What is reachable: routes in the grammar of API Gateway's HTTP APIs.

use kube::KubeSchema;
use kube::core::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// A route: `path` or `prefix`, for some methods or all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one("routes[]", &["path", "prefix"]))]
pub struct Route {
    /// The route's name in this service.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// One path, such as `/orders/{id}`. The last segment may be greedy, such as `{rest+}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    #[x_kube(validation = Rule::new(
        "self.matches('^/$|^(/([A-Za-z0-9._~:@$!*\\'()+,=-]+|[{][A-Za-z0-9._-]+[}]))*(/[{][A-Za-z0-9._-]+[+][}])?$') && self != ''"
    ).message(PATH_MESSAGE))]
    pub path: Option<String>,
    /// A path and everything below it: `/orders` is `/orders` and `/orders/{proxy+}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 246))]
    #[x_kube(validation = rules::path("routes[].prefix", "[{][A-Za-z0-9._-]+[}]", PREFIX_REMEDY))]
    pub prefix: Option<String>,
    /// Absent: every method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 7))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub methods: Option<Vec<Method>>,
    /// Anyone may call it. Only where the class grants that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous: Option<bool>,
    /// Limits of each route key. Absent: the class's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttling: Option<Throttling>,
    /// How long the app may take to answer, 50ms to 30s. Absent: 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::duration")]
    #[x_kube(validation = rules::milliseconds("routes[].timeout", "50ms", "30s"))]
    pub timeout: Option<Duration>,
}

/// What a path must look like.
pub const PATH_MESSAGE: &str = "routes[].path must be / or whole segments such as /orders/{id}: letters, \
    digits and ._~:@$!*'()+,=- or one variable in braces, no trailing slash, a greedy {name+} only last";

const PREFIX_REMEDY: &str = "must be / or whole segments such as /orders: letters, digits and \
    ._~:@$!*'()+,=- or one variable in braces, no trailing slash, nothing greedy (a prefix is)";

/// An HTTP method that a route can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// DELETE
    Delete,
    /// GET
    Get,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// PATCH
    Patch,
    /// POST
    Post,
    /// PUT
    Put,
}

impl Method {
    /// Every method, in order.
    pub const ALL: [Method; 7] = [
        Method::Delete,
        Method::Get,
        Method::Head,
        Method::Options,
        Method::Patch,
        Method::Post,
        Method::Put,
    ];

    /// As in a route key.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Delete => "DELETE",
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
            Method::Patch => "PATCH",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// A token bucket. Both numbers always: AWS answers 429 to everything when one is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Throttling {
    /// Requests a second, 1 to 100000.
    #[schemars(range(min = 1, max = 100000))]
    pub rate: u32,
    /// Requests at once, 1 to 100000.
    #[schemars(range(min = 1, max = 100000))]
    pub burst: u32,
}
