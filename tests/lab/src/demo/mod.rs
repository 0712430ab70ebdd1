//! `lab demo`: the product at its main job, told to a person, on a real control plane and a
//! simulated AWS. Out: lines on stdout, and whether every step held. IO: all of it.
//!
//! * `setup`: what the demo stands on. `path`, `release`, `change`, `removal`: its steps.
//! * `object`, `outside`, `load`, `inventory`: what they look at.
//! * `screen`, `report`: what a person reads, when it goes well and when it does not.

mod change;
mod error;
mod inventory;
mod kubectl;
mod load;
mod object;
mod outside;
mod path;
mod release;
mod removal;
mod report;
mod screen;
mod setup;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use lab::LabError;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::error::DemoError;
use self::outside::Outside;
use self::screen::Screen;
use self::setup::Demo;

/// The cluster id that the operator runs with.
const CLUSTER: &str = "demo";
/// The namespace of the services in examples.
const NAMESPACE: &str = "shop";

/// What `lab demo` takes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Stay up after the story, with nothing deleted, until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// How many times as fast as the real ones the durations of AWS and of pods are.
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = pace)]
    time_scale: f64,
    /// The operator's binary; without it, the one beside this program.
    #[arg(long, value_name = "PATH")]
    operator: Option<PathBuf>,
    /// The folder of class.yaml, namespace.yaml and orders.yaml.
    #[arg(long, value_name = "DIR", default_value = "examples")]
    examples: PathBuf,
}

/// The operator's own time runs as fast, and takes no other pace.
fn pace(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(pace) if (1.0..=10_000.0).contains(&pace) => Ok(pace),
        _ => Err("must be a number from 1 to 10000".to_owned()),
    }
}

/// Plays it. Success only if every step held; 130 if a signal ended it.
pub async fn run(options: &Options) -> Result<ExitCode, LabError> {
    let listen = |kind| signal(kind).map_err(LabError::io("listen for signals"));
    let mut signals = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let screen = Screen::stdout();
    let demo = tokio::select! {
        played = play(options, &screen) => played,
        () = received(&mut signals) => return Ok(ExitCode::from(130)),
    };
    let Some(demo) = demo else { return Ok(ExitCode::FAILURE) };
    if !options.keep {
        return Ok(ExitCode::SUCCESS);
    }
    tokio::select! {
        ended = demo.watch() => report::failed(demo, &ended).await,
        () = received(&mut signals) => return Ok(ExitCode::SUCCESS),
    }
    Ok(ExitCode::FAILURE)
}

async fn received((interrupt, terminate): &mut (Signal, Signal)) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// The whole story. `None`: it did not hold, and why has been told.
async fn play<'a>(options: &Options, screen: &'a Screen) -> Option<Demo<'a>> {
    let demo = match Demo::start(options, screen).await {
        Ok(demo) => demo,
        Err(e) => {
            report::not_started(screen, &e);
            return None;
        }
    };
    match story(&demo, options.keep).await {
        Ok(()) => Some(demo),
        Err(e) => {
            report::failed(demo, &e).await;
            None
        }
    }
}

async fn story(demo: &Demo<'_>, keep: bool) -> Result<(), DemoError> {
    demo.prepare().await?;
    path::class(demo).await?;
    path::service(demo).await?;
    let outside = path::request(demo).await?;
    release::rolls(demo, &outside).await?;
    change::pod_dies(demo, &outside).await?;
    change::route_comes(demo, &outside).await?;
    change::route_is_deleted_by_hand(demo, &outside).await?;
    if !keep {
        removal::everything(demo).await?;
    }
    demo.screen.print(&format!("\n{}", summary(demo, keep)?));
    if keep {
        usage(demo, &outside)?;
    }
    Ok(())
}

/// `AWS calls 641: 60 changes, 581 looks …; throttled 0. This took 48 s.`
fn summary(demo: &Demo<'_>, keep: bool) -> Result<String, DemoError> {
    let key = demo.operator_key()?;
    let calls = demo.awsim()?.recorder().filter(|call| call.access_key == key);
    let changes = calls.iter().filter(|call| call.mutating()).count();
    let throttled = calls.iter().filter(|call| call.outcome.code.as_deref().is_some_and(throttling)).count();
    let hint = if keep { "" } else { " `make demo KEEP=1` leaves it running for you." };
    Ok(format!(
        "AWS calls {}: {changes} changes, {} looks (it seeks what others changed every {} of AWS's time here); \
         throttled {throttled}.\nThis took {} s.{hint}",
        calls.len(),
        calls.len() - changes,
        setup::DRIFT_INTERVAL,
        demo.screen.elapsed().as_secs()
    ))
}

/// The codes by which EC2, Elastic Load Balancing and API Gateway throttle.
fn throttling(code: &str) -> bool {
    ["RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"].contains(&code)
}

/// How to use what keeps running.
fn usage(demo: &Demo<'_>, outside: &Outside) -> Result<(), DemoError> {
    let url = demo.awsim()?.url();
    let lines = [
        ("the cluster".to_owned(), format!("export KUBECONFIG={}", demo.lab.kubeconfig().display())),
        (String::new(), format!("{} get gws,gwsc -A", demo.kubectl.program().display())),
        ("from outside".to_owned(), outside.curl("/orders/42")),
        ("what AWS has".to_owned(), format!("curl {url}/_awsim/state")),
        ("what it was asked".to_owned(), format!("curl {url}/_awsim/calls")),
        ("the operator".to_owned(), format!("tail -f {}", demo.operator.log().display())),
    ];
    demo.screen.print("\nIt keeps running until Ctrl-C. In another terminal:");
    for (what, command) in lines {
        demo.screen.print(&format!("  {what:<18}{command}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_that_the_operator_does_not_take_is_refused() {
        assert_eq!(pace("60"), Ok(60.0));
        for text in ["0", "0.5", "20000", "fast", "NaN"] {
            assert!(pace(text).is_err(), "{text}");
        }
    }
}
