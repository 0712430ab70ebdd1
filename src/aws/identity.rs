//! Credentials that AWS refuses although they seem good: asked for anew.
//!
//! The SDK keeps credentials until a moment before their end as the provider told it, by this machine's
//! clock. AWS may end them earlier (the session was revoked, the role was made again), and a clock that
//! is behind lets them seem good for long after. The SDK's own cache cannot be told, so it is replaced.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use tokio::time::Instant;

/// Between two times that credentials are forgotten: calls that ran side by side are refused together, and
/// whoever gives credentials out has limits of its own.
const PAUSE: Duration = Duration::from_secs(10);

/// Whose credentials are used. Clones share them.
#[derive(Clone, Debug)]
pub struct Identity(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    cache: SharedIdentityCache,
    forgotten: Option<Instant>,
}

impl Default for Identity {
    fn default() -> Identity {
        Identity(Arc::new(Mutex::new(Kept { cache: IdentityCache::lazy().build(), forgotten: None })))
    }
}

impl Identity {
    /// AWS answered with `code`: the next call asks for credentials anew if that is about them.
    pub fn refused(&self, code: &str) {
        if doubtful(code) && self.forget(Instant::now()) {
            tracing::warn!(code, "AWS does not accept the credentials: they are loaded anew");
        }
    }

    /// Forgets the credentials, unless that was done a moment ago; whether it did.
    fn forget(&self, now: Instant) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = kept.forgotten.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        if due {
            *kept = Kept { cache: IdentityCache::lazy().build(), forgotten: Some(now) };
        }
        due
    }

    fn cache(&self) -> SharedIdentityCache {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).cache.clone()
    }
}

/// AWS says so of a session that is over and of a key that is no more (IAM user guide, "Common errors").
fn doubtful(code: &str) -> bool {
    ["InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"].contains(&code)
        || code.starts_with("ExpiredToken")
}

impl ResolveCachedIdentity for Identity {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let cache = self.cache();
        IdentityFuture::new(async move { cache.resolve_cached_identity(resolver, components, config).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_credentials_are_forgotten_but_not_all_the_time() {
        let (identity, now) = (Identity::default(), Instant::now());
        assert!(identity.forget(now));
        assert!(!identity.forget(now + PAUSE / 2), "calls that ran side by side are refused together");
        assert!(identity.forget(now + PAUSE));
    }

    #[test]
    fn a_session_that_is_over_and_an_unknown_key_are_doubtful_and_a_denial_is_not() {
        for code in ["ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "AuthFailure"] {
            assert!(doubtful(code), "{code}");
        }
        for code in ["AccessDenied", "SignatureDoesNotMatch", "Throttling"] {
            assert!(!doubtful(code), "{code}");
        }
    }
}
