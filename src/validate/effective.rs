//! What `status.effective` shows: the validated object in the words of the spec.

use super::{Scale, ValidClass, ValidRoute, ValidService};
use crate::api::effective::{
    EffectiveClass, EffectiveDrift, EffectiveHealth, EffectiveRoute, EffectiveService, EffectiveShutdown,
};

impl ValidService {
    /// Every default resolved, for the status.
    pub fn effective(&self) -> EffectiveService {
        let (min_replicas, max_replicas) = match self.scale {
            Scale::Fixed(n) => (n, n),
            Scale::Auto { min, max, .. } => (min, max),
        };
        let health = &self.health;
        EffectiveService {
            min_replicas,
            max_replicas,
            health: EffectiveHealth {
                path: health.path.clone(),
                port: health.port,
                interval: health.interval.into(),
                timeout: health.timeout.into(),
                healthy_threshold: health.healthy_threshold,
                unhealthy_threshold: health.unhealthy_threshold,
                liveness_path: health.liveness_path.clone(),
                startup: health.startup.into(),
            },
            shutdown: EffectiveShutdown {
                drain: self.shutdown.drain.into(),
                stop: self.shutdown.stop.into(),
            },
            routes: self.routes.iter().map(|r| self.effective_route(r)).collect(),
        }
    }

    fn effective_route(&self, route: &ValidRoute) -> EffectiveRoute {
        EffectiveRoute {
            name: route.name.clone(),
            anonymous: route.anonymous,
            timeout: route.timeout.into(),
            throttling: route.throttling.unwrap_or(self.class.default_throttling),
        }
    }
}

impl ValidClass {
    /// Every default resolved, for the status.
    pub fn effective(&self) -> EffectiveClass {
        EffectiveClass {
            stage: self.stage.clone(),
            default_throttling: self.default_throttling,
            max_throttling: self.max_throttling,
            first_port: self.pool.first_port,
            last_port: self.pool.last_port,
            cross_zone: self.pool.cross_zone,
            drain: self.pool.drain.into(),
            max_load_balancers: self.pool.max.into(),
            drift: Some(EffectiveDrift {
                security: self.drift.security,
                configuration: self.drift.configuration,
                interval: self.drift.interval.map(Into::into),
            }),
        }
    }
}
