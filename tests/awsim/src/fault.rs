//! An error as AWS answers it.

use serde_json::{Map, Value};

/// What a call is refused with: the code that SDKs match on, AWS's words, the HTTP status, and
/// the further members of a modelled error shape (`LimitType`, `ResourceType`, …).
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// As the SDK sees it, `InvalidGroup.NotFound` or `ConflictException`.
    pub code: String,
    /// In AWS's own words where they are known.
    pub message: String,
    /// 4xx is the caller's fault, 5xx the service's.
    pub status: u16,
    /// Modelled members besides the message, by member name.
    pub members: Map<String, Value>,
}

impl Fault {
    /// A fault with its HTTP status.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Fault {
        Fault { code: code.to_owned(), message: message.into(), status, members: Map::new() }
    }

    /// A client fault with status 400, which is what most services use.
    pub fn bad(code: &str, message: impl Into<String>) -> Fault {
        Fault::new(400, code, message)
    }

    /// Adds a modelled member of the error shape.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Fault {
        self.members.insert(member.to_owned(), value.into());
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.message)
    }
}

impl std::error::Error for Fault {}
