//! What the weather makes of a call in the pipeline: an answer instead of serving it, or no answer
//! although it was served.

use std::time::Duration;

use super::{Befallen, Effect, answer, exhausted};
use crate::fault::Fault;
use crate::iam::denial;
use crate::pipeline::Stop;
use crate::tables::{Operation, Service};
use crate::throttle;
use crate::world::Options;

/// The call that something befalls.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its service.
    pub service: &'a Service,
    /// The operation's name.
    pub name: &'a str,
    /// The operation.
    pub operation: &'a Operation,
}

impl Befallen {
    /// For the recorder: `slow` where that is all.
    pub fn name(&self) -> Option<&'static str> {
        let slow = (!self.delay.is_zero()).then_some("slow");
        self.effect.as_ref().map(Effect::name).or(slow)
    }

    /// How long the answer, or the end of the connection, is to wait.
    pub fn wait(&self) -> Duration {
        match &self.effect {
            Some(Effect::Hang(hang)) => self.delay + hang.lasts(),
            _ => self.delay,
        }
    }

    /// What ends the call before it is served. `who` gives the caller's ARN.
    ///
    /// # Errors
    /// The end, if there is one.
    pub(crate) fn before(&self, to: Target<'_>, who: impl FnOnce() -> String) -> Result<(), Stop> {
        let service = &*to.service.name;
        let stop = match &self.effect {
            Some(Effect::Throttle) => throttle::too_many(service).into(),
            Some(Effect::ServerError) => answer::server_error(service, self.which).into(),
            Some(Effect::Unavailable) => Stop::Away(answer::unavailable()),
            Some(Effect::AccessDenied) => {
                let action = answer::action(to.service, to.name, to.operation);
                denial::denied(service, &who(), &action, "*", false).into()
            }
            Some(Effect::Refuse(refusal)) => Fault::from(refusal).into(),
            Some(Effect::Reset) => Stop::Reset,
            Some(Effect::Hang(hang)) if !hang.committed => Stop::Unanswered,
            Some(
                Effect::QuotaExhausted
                | Effect::Hang(_)
                | Effect::LoseReply
                | Effect::Stale(_)
                | Effect::Slow(_),
            )
            | None => {
                return Ok(());
            }
        };
        Err(stop)
    }

    /// The switches that the call is served with, if they are others.
    pub(crate) fn options(&self, (service, operation): (&str, &str), options: &Options) -> Option<Options> {
        let exhausted = self.effect == Some(Effect::QuotaExhausted);
        exhausted.then(|| exhausted::options(service, operation, options))
    }

    /// How far behind the call is, if it is stale.
    pub(crate) fn stale(&self) -> Option<Duration> {
        match &self.effect {
            Some(Effect::Stale(stale)) => Some(stale.lag()),
            _ => None,
        }
    }

    /// Whether the answer of a call that was served gets lost, be it of success or of an error.
    pub(crate) fn loses_reply(&self) -> bool {
        matches!(self.effect, Some(Effect::LoseReply | Effect::Hang(_)))
    }
}
