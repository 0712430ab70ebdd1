//! A reverse proxy on loopback between an operator and the API server, plain HTTP towards the
//! operator: it counts what is asked, and it is the weather on that way. Refusals, hangs and lost replies
//! by rules ([`Rule`]), as awsim's weather has them; watches that end, freeze or are too old; every
//! connection cut; the API server away, refusing connections or saying nothing.
//!
//! It lives in a thread of its own, so that a test that blocks does not hold it up, and ends when it is
//! dropped.

mod effect;
mod rule;
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use futures::stream;
use http::Response;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Client;
use lab::Lab;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

pub use effect::Effect;
pub use rule::{Asked, Rule};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Error>;
type Answer = Response<Body>;

/// Whether the API server can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// As without the proxy.
    Open,
    /// Every connection is closed, and so is each new one at once.
    Refused,
    /// Nothing comes through in either direction, on old connections and new ones; they go on once the
    /// way is open again, as after a partition.
    Silent,
}

/// A request that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// From 1 on.
    pub number: u64,
    /// What was asked.
    pub asked: Asked,
    /// What the client was answered; `None`: nothing, or nothing yet.
    pub status: Option<u16>,
}

/// A running proxy. Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    kubeconfig: PathBuf,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    reach: watch::Sender<Reach>,
    /// How many requests hang now.
    hanging: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    chance: StdRng,
    seen: Vec<Seen>,
    /// Ends the connections of now.
    cut: CancellationToken,
}

impl Proxy {
    /// Starts one in front of the API server of `lab`, and writes a kubeconfig that leads to it.
    pub async fn start(lab: &Lab) -> Proxy {
        let mut config = lab.client_config();
        // What the operator is to see is what the API server said.
        config.default_retry = false;
        config.read_timeout = None;
        let state = State {
            rules: Vec::new(),
            chance: StdRng::seed_from_u64(0),
            seen: Vec::new(),
            cut: CancellationToken::new(),
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            reach: watch::Sender::new(Reach::Open),
            hanging: watch::Sender::new(0),
        });
        let stop = CancellationToken::new();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let kubeconfig = lab.folder().join(format!("proxy-{port}.kubeconfig"));
        std::fs::write(&kubeconfig, kubeconfig_text(port)).expect("the kubeconfig is written");
        let (served, stopped) = (shared.clone(), stop.clone());
        let thread = std::thread::spawn(move || serve(listener, config, &served, &stopped));
        Proxy { shared, kubeconfig, stop, thread: Some(thread) }
    }

    /// The file whose `KUBECONFIG` leads through this proxy.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// These rules and no others; chance from the beginning of `seed`.
    pub fn set(&self, seed: u64, rules: Vec<Rule>) {
        self.shared.with(|state| {
            state.rules = rules;
            state.chance = StdRng::seed_from_u64(seed);
        });
    }

    /// Removes every rule. What hangs goes on hanging.
    pub fn clear(&self) {
        self.set(0, Vec::new());
    }

    /// The rules that are still in force.
    pub fn rules(&self) -> Vec<Rule> {
        self.shared.with(|state| state.rules.clone())
    }

    /// The requests after number `since`, in the order in which they came.
    pub fn seen_since(&self, since: u64) -> Vec<Seen> {
        self.shared.with(|state| state.seen.iter().filter(|seen| seen.number > since).cloned().collect())
    }

    /// The number of the latest request.
    pub fn latest(&self) -> u64 {
        self.shared.with(|state| state.seen.len() as u64)
    }

    /// How many requests hang by a rule now, done by the API server before if they are to be.
    pub fn hanging(&self) -> usize {
        *self.shared.hanging.borrow()
    }

    /// Closes every connection: watches end, and what runs has no answer.
    pub fn cut(&self) {
        self.shared.with(|state| std::mem::take(&mut state.cut)).cancel();
    }

    /// Whether the API server can be reached from now on.
    pub fn reach(&self, reach: Reach) {
        self.shared.reach.send_replace(reach);
        if reach == Reach::Refused {
            self.cut();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn kubeconfig_text(port: u16) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: proxy
clusters:
- name: proxy
  cluster: {{server: 'http://127.0.0.1:{port}'}}
contexts:
- name: proxy
  context: {{cluster: proxy, user: proxy}}
users:
- name: proxy
  user: {{}}
"
    )
}

/// Accepts connections until stopped.
fn serve(
    listener: std::net::TcpListener,
    config: kube::Config,
    shared: &Arc<Shared>,
    stop: &CancellationToken,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = Client::try_from(config).expect("a client");
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a listener");
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            // One that is closed at once is as good as refused, and the port stays ours.
            if let (Ok((stream, _)), false) = (accepted, *shared.reach.borrow() == Reach::Refused) {
                let cut = shared.with(|state| state.cut.clone());
                let connection = connection(stream, client.clone(), shared.clone());
                tokio::spawn(cut.run_until_cancelled_owned(connection));
            }
        }
    });
}

async fn connection(stream: TcpStream, client: Client, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, client.clone(), shared.clone()));
    // The client went away, or is to believe that the server did.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Answers one request; an error closes the connection without an answer.
async fn answer(
    request: http::Request<Incoming>,
    client: Client,
    shared: Arc<Shared>,
) -> Result<Answer, Error> {
    let query = request.uri().query().unwrap_or_default();
    let asked = Asked {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        watch: query.split('&').any(|part| matches!(part, "watch=true" | "watch=1")),
    };
    let (number, met) = shared.ask(asked);
    sleep(met.delay).await;
    let answer = befall(request, met.effect, &client, &shared).await?;
    shared.opened().await;
    shared.with(|state| {
        state.seen[usize::try_from(number - 1).unwrap()].status = Some(answer.status().as_u16())
    });
    Ok(answer.map(|body| held(shared.reach.subscribe(), body)))
}

async fn befall(
    request: http::Request<Incoming>,
    effect: Option<Effect>,
    client: &Client,
    shared: &Shared,
) -> Result<Answer, Error> {
    match effect {
        None | Some(Effect::Delay(_)) => forward(request, client, shared).await,
        Some(Effect::Status(refusal)) => Ok(refusal.answer()),
        Some(Effect::Gone) => Ok(effect::gone()),
        Some(Effect::Reset) => Err("closed, as asked for".into()),
        Some(Effect::LoseReply) => {
            forward(request, client, shared).await?.into_body().collect().await?;
            Err("closed, as asked for".into())
        }
        Some(Effect::Hang { committed }) => {
            if committed {
                forward(request, client, shared).await?.into_body().collect().await?;
            }
            let _hanging = Hanging::new(&shared.hanging);
            std::future::pending().await
        }
        Some(Effect::EndWatch(after)) => {
            let end = Instant::now() + after;
            Ok(forward(request, client, shared).await?.map(|body| until(end, body)))
        }
        Some(Effect::Freeze) => Ok(forward(request, client, shared).await?.map(|_| frozen())),
    }
}

/// Nothing, for ever.
fn frozen() -> Body {
    StreamBody::new(stream::pending()).boxed_unsync()
}

/// What comes before `end`, which it then comes to in order.
fn until(end: Instant, body: Body) -> Body {
    let next = move |mut body: Body| async move {
        let frame = timeout_at(end, body.frame()).await.ok().flatten()?;
        Some((frame, body))
    };
    StreamBody::new(stream::unfold(body, next)).boxed_unsync()
}

/// Each part only when something comes through.
fn held(reach: watch::Receiver<Reach>, body: Body) -> Body {
    let next = |(mut body, mut reach): (Body, watch::Receiver<Reach>)| async move {
        let frame = body.frame().await?;
        // The proxy is gone: so is the way.
        reach.wait_for(|reach| *reach != Reach::Silent).await.ok()?;
        Some((frame, (body, reach)))
    };
    StreamBody::new(stream::unfold((body, reach), next)).boxed_unsync()
}

/// Hands the request on, as an admin, and returns the answer while its body still comes.
async fn forward(
    request: http::Request<Incoming>,
    client: &Client,
    shared: &Shared,
) -> Result<Answer, Error> {
    let (mut head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    for name in ["host", "connection", "content-length", "transfer-encoding"] {
        head.headers.remove(name);
    }
    shared.opened().await;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    head.uri = path.parse()?;
    let (mut head, body) = client.send(http::Request::from_parts(head, body.into())).await?.into_parts();
    for name in ["connection", "content-length", "transfer-encoding"] {
        head.headers.remove(name);
    }
    head.version = http::Version::HTTP_11;
    Ok(Response::from_parts(head, body.map_err(Error::from).boxed_unsync()))
}

impl Shared {
    /// Counts a request, and what befalls it.
    fn ask(&self, asked: Asked) -> (u64, rule::Befallen) {
        self.with(|state| {
            let State { rules, chance, seen, .. } = state;
            let met = rule::meet(rules, &asked, &mut || chance.random());
            let number = seen.len() as u64 + 1;
            seen.push(Seen { number, asked, status: None });
            (number, met)
        })
    }

    /// Waits until something comes through.
    async fn opened(&self) {
        // The sender is in `self`.
        let _ = self.reach.subscribe().wait_for(|reach| *reach != Reach::Silent).await;
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }
}

/// One request that hangs.
struct Hanging<'a>(&'a watch::Sender<usize>);

impl<'a> Hanging<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Hanging<'a> {
        count.send_modify(|count| *count += 1);
        Hanging(count)
    }
}

impl Drop for Hanging<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
