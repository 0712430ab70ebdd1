//! A load on the simulator: some ten thousand objects in one account, [`CLIENTS`] connections that
//! each call as fast as they are answered, signatures checked. Prints what came of it and fails if that
//! is less than is wanted. `make bench`.
//!
//! The server is the `awsim` binary in a process of its own, so that its memory and time are its
//! own; throttling, quotas and conflicts are off, since they are there to refuse.

mod account;
mod client;
mod mix;
mod process;

use std::io::{Error, Result};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use account::Account;
use client::Client;
use mix::{Class, Mix};
use process::Process;

/// How many connections there are.
const CLIENTS: usize = 8;
/// How many calls are measured: more than the recorder keeps, so that it is full at the end.
const CALLS: usize = 120_000;
/// How many calls a second are wanted, over loopback on two cores that the clients share.
const WANTED_RATE: f64 = 3_000.0;
/// How many MiB the server may have resident.
const WANTED_MEMORY: u64 = 200;
/// How many objects there are to be in the account.
const WANTED_OBJECTS: usize = 10_000;

/// How long each call of a class took.
type Times = Vec<(Class, Duration)>;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("bench: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is as wanted.
fn run() -> Result<bool> {
    let server = Process::start()?;
    let began = Instant::now();
    let account = account::make(&mut Client::connect(server.addr)?)?;
    println!("{} objects made in {:.1} s", account.objects, began.elapsed().as_secs_f64());
    let (cpu, began) = (server.cpu()?, Instant::now());
    let times = load(&account, server.addr)?;
    let (lasted, cpu) = (began.elapsed().as_secs_f64(), server.cpu()? - cpu);
    print_times(&times);
    let count = times.len() as f64;
    let (rate, each) = (count / lasted, cpu.as_secs_f64() * 1e6 / count);
    let (now, peak) = (server.memory("VmRSS")?, server.memory("VmHWM")?);
    println!(
        "{count} calls in {lasted:.1} s: {rate:.0} calls/s, {each:.0} us of the server's processor each"
    );
    println!("memory of the server: {now} MiB resident, {peak} MiB at most");
    let is = |met: bool| if met { "met" } else { "NOT MET" };
    let (fast, small) = (rate >= WANTED_RATE, peak < WANTED_MEMORY);
    println!("at least {WANTED_RATE} calls/s: {}; below {WANTED_MEMORY} MiB: {}", is(fast), is(small));
    Ok(fast && small && account.objects >= WANTED_OBJECTS)
}

/// Calls from all connections at once.
fn load(account: &Account, server: SocketAddr) -> Result<Times> {
    let client = |share: usize| -> Result<Times> {
        let mut client = Client::connect(server)?;
        let mut mix = Mix::new(account, ChaCha8Rng::seed_from_u64(share as u64), share, CLIENTS);
        let mut times = Vec::with_capacity(CALLS / CLIENTS);
        for _ in 0..CALLS / CLIENTS {
            let (class, call) = mix.next();
            let began = Instant::now();
            let answer = client.send(&call)?;
            times.push((class, began.elapsed()));
            mix.answered(class, &answer);
        }
        Ok(times)
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|share| scope.spawn(move || client(share))).collect();
        let mut times = Vec::with_capacity(CALLS);
        for client in clients {
            times.extend(client.join().map_err(|_| Error::other("a client panicked"))??);
        }
        Ok(times)
    })
}

fn print_times(times: &Times) {
    println!("{:<6} {:>8} {:>9} {:>9}", "", "calls", "p50 us", "p99 us");
    for class in [Class::Read, Class::List, Class::Write] {
        let mut micros: Vec<u128> =
            times.iter().filter(|(of, _)| *of == class).map(|(_, time)| time.as_micros()).collect();
        micros.sort_unstable();
        let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or_default();
        println!(
            "{:<6} {:>8} {:>9} {:>9}",
            format!("{class:?}").to_lowercase(),
            micros.len(),
            at(50),
            at(99)
        );
    }
}
