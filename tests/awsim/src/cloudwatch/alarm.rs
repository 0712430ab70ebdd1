//! Alarms on single metrics: made and changed by name, deleted, set to a state by hand.

use serde_json::{Value, json};

use super::error::{no_alarm, validation};
use super::settings::Settings;
use super::{State, evaluate, tags};
use crate::clock::SimTime;
use crate::fault::Fault;
use crate::input::{flag, text, texts};
use crate::quota::Quota;
use crate::world::{Call, Tags};

/// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum AlarmState {
    Ok,
    Alarm,
    InsufficientData,
}

impl AlarmState {
    /// As the API has it.
    pub fn name(self) -> &'static str {
        match self {
            AlarmState::Ok => "OK",
            AlarmState::Alarm => "ALARM",
            AlarmState::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    fn read(name: &str) -> AlarmState {
        match name {
            "OK" => AlarmState::Ok,
            "ALARM" => AlarmState::Alarm,
            _ => AlarmState::InsufficientData,
        }
    }
}

/// One alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Unique in the region.
    pub name: String,
    /// `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`
    pub arn: String,
    /// What it watches and how.
    pub settings: Settings,
    /// Whether its actions would be executed.
    pub actions_enabled: bool,
    /// Where it stands.
    pub state: AlarmState,
    /// Why, for people.
    pub reason: String,
    /// Why, as JSON.
    pub reason_data: Option<String>,
    /// When the state was last set, though perhaps to what it was.
    pub updated: SimTime,
    /// When it last changed.
    pub transitioned: SimTime,
    /// When the alarm was last put.
    pub configured: SimTime,
    /// When it was last evaluated; until then, when it was made.
    pub evaluated: SimTime,
    /// By key.
    pub tags: Tags,
}

impl Alarm {
    /// Sets the state, and keeps when it changed.
    pub fn set(&mut self, state: AlarmState, reason: String, data: Option<String>, now: SimTime) {
        if self.state != state {
            self.transitioned = now;
        }
        self.state = state;
        self.reason = reason;
        self.reason_data = data;
        self.updated = now;
    }
}

/// The alarm of that name.
fn find<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Alarm, Fault> {
    state.alarms.get_mut(name).ok_or_else(no_alarm)
}

/// PutMetricAlarm: by name, an alarm is made or its configuration replaced. An update leaves the
/// state, and ignores tags (BC).
pub fn put(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let name = text(input, "AlarmName").unwrap_or_default();
    if name.chars().any(|c| c.is_ascii_control()) {
        return Err(validation("AlarmName must not contain control characters."));
    }
    let settings = Settings::read(input)?;
    let actions_enabled = flag(input, "ActionsEnabled").unwrap_or(true);
    let tags = tags::read(input, &call.options.quotas)?;
    let (now, arn) = (call.now, tags::arn(call.region, name));
    let state = &mut call.region.cloudwatch;
    if let Some(alarm) = state.alarms.get_mut(name) {
        alarm.settings = settings;
        alarm.actions_enabled = actions_enabled;
        alarm.configured = now;
        evaluate::schedule(state);
        return Ok(json!({}));
    }
    let most = call.options.quotas.get(Quota::Alarms);
    if state.alarms.len() >= most {
        let words = format!("The maximum limit of {most} alarms has been reached.");
        return Err(Fault::bad("LimitExceeded", words));
    }
    let alarm = Alarm {
        name: name.to_owned(),
        arn,
        settings,
        actions_enabled,
        state: AlarmState::InsufficientData,
        // In AWS's words: LS, test_describe_minimal_metric_alarm.
        reason: "Unchecked: Initial alarm creation".to_owned(),
        reason_data: None,
        updated: now,
        transitioned: now,
        configured: now,
        evaluated: now,
        tags,
    };
    state.alarms.insert(name.to_owned(), alarm);
    evaluate::schedule(state);
    Ok(json!({}))
}

/// DeleteAlarms. Alarms whose names are right are deleted though others are wrong (BC); that there
/// is none of any of the names is an error.
pub fn delete(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let names = texts(input, "AlarmNames");
    let state = &mut call.region.cloudwatch;
    let deleted = names.iter().filter_map(|name| state.alarms.remove(name)).count();
    if deleted == 0 && !names.is_empty() {
        return Err(no_alarm());
    }
    evaluate::schedule(state);
    Ok(json!({}))
}

/// SetAlarmState: until the alarm is evaluated next.
pub fn set_state(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    let alarm = find(&mut call.region.cloudwatch, text(input, "AlarmName").unwrap_or_default())?;
    let data = text(input, "StateReasonData").map(str::to_owned);
    if data.as_ref().is_some_and(|data| serde_json::from_str::<Value>(data).is_err()) {
        return Err(Fault::bad("InvalidFormat", "StateReasonData was not valid JSON"));
    }
    let state = AlarmState::read(text(input, "StateValue").unwrap_or_default());
    alarm.set(state, text(input, "StateReason").unwrap_or_default().to_owned(), data, call.now);
    Ok(json!({}))
}

/// EnableAlarmActions.
pub fn enable_actions(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    switch_actions(call, input, true)
}

/// DisableAlarmActions.
pub fn disable_actions(call: &mut Call<'_>, input: &Value) -> Result<Value, Fault> {
    switch_actions(call, input, false)
}

/// Names of which there is no alarm are passed over: the model has no error for them.
fn switch_actions(call: &mut Call<'_>, input: &Value, on: bool) -> Result<Value, Fault> {
    for name in texts(input, "AlarmNames") {
        if let Some(alarm) = call.region.cloudwatch.alarms.get_mut(&name) {
            alarm.actions_enabled = on;
        }
    }
    Ok(json!({}))
}
