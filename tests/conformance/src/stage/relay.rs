//! A server between the source or receiver and its simulator. It records every request and breaks the answers that a rule
//! tells it to.

use super::answer::{Answer, nothing};
use super::call::Call;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, header};
use bytes::BytesMut;
use causeway_ports::Clock;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Largest request that is passed on.
const LARGEST: usize = 512 << 20;

/// The relay's action on a request.
#[derive(Clone)]
pub(crate) enum Deed {
    /// Passes it on.
    Pass,
    /// Answers in the simulator's place.
    Answer(Answer),
    /// Closes the connection; the simulator never sees the request.
    Reset,
    /// Never answers; the simulator never sees the request.
    Silence,
    /// Passes it on and closes the connection in place of the answer.
    LoseAnswer,
    /// Passes it on and never answers.
    SilenceAfter,
    /// Passes it on and sends the first half of the answer.
    BreakOff,
    /// Passes it on and changes the answer.
    Edit(Arc<dyn Fn(&mut Answer) + Send + Sync>),
}

impl Deed {
    /// Passes a request on and changes its answer.
    pub(crate) fn edit(edit: impl Fn(&mut Answer) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(edit))
    }
}

type Script = dyn FnMut(&mut Call) -> Deed + Send;

/// The relay.
pub(crate) struct Relay {
    /// Its address.
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    simulator: String,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
    script: Mutex<Option<Box<Script>>>,
    calls: Mutex<Vec<Call>>,
    /// Header with the token, and the tokens that were seen in it.
    header: &'static str,
    tokens: Mutex<BTreeSet<String>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl Relay {
    /// A relay to the simulator at this address, whose requests carry a token in `header`.
    pub(crate) async fn to(simulator: &str, header: &'static str, clock: Arc<dyn Clock>) -> Self {
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let shared = Arc::new(Shared {
            simulator: simulator.trim_end_matches('/').to_owned(),
            client: client.unwrap(),
            clock,
            script: Mutex::default(),
            calls: Mutex::default(),
            header,
            tokens: Mutex::default(),
            under_way: AtomicUsize::default(),
            most_under_way: AtomicUsize::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// From now on `script` decides about each request.
    pub(crate) fn follow(&self, script: impl FnMut(&mut Call) -> Deed + Send + 'static) {
        *self.shared.script.lock().unwrap() = Some(Box::new(script));
    }

    /// From now on every request is passed on.
    pub(crate) fn pass(&self) {
        *self.shared.script.lock().unwrap() = None;
    }

    /// The requests so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    /// The tokens of all requests so far.
    pub(crate) fn tokens(&self) -> BTreeSet<String> {
        self.shared.tokens.lock().unwrap().clone()
    }

    /// Number of requests so far.
    pub(crate) fn count(&self) -> usize {
        self.shared.calls.lock().unwrap().len()
    }

    /// Most requests that were under way at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.shared.most_under_way.load(Ordering::SeqCst)
    }
}

/// A request under way, also if its connection breaks.
struct UnderWay<'s>(&'s Shared);

impl<'s> UnderWay<'s> {
    fn begin(shared: &'s Shared) -> Self {
        let now = shared.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_under_way.fetch_max(now, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let _under_way = UnderWay::begin(&shared);
    let (head, body) = request.into_parts();
    let mut call = Call {
        at: shared.clock.now(),
        method: head.method,
        target: head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: head.headers,
        body: to_bytes(body, LARGEST).await.unwrap_or_default(),
    };
    shared.calls.lock().unwrap().push(call.clone());
    shared.tokens.lock().unwrap().insert(call.token(shared.header));
    let deed = shared.script.lock().unwrap().as_mut().map_or(Deed::Pass, |script| script(&mut call));
    match deed {
        Deed::Answer(answer) => answer.response(),
        Deed::Reset => nothing(),
        Deed::Silence => std::future::pending().await,
        Deed::Pass => pass_on(&shared, call).await.response(),
        Deed::BreakOff => pass_on(&shared, call).await.broken_off(),
        Deed::LoseAnswer => {
            pass_on(&shared, call).await;
            nothing()
        }
        Deed::SilenceAfter => {
            pass_on(&shared, call).await;
            std::future::pending().await
        }
        Deed::Edit(edit) => {
            let mut answer = pass_on(&shared, call).await;
            edit(&mut answer);
            answer.response()
        }
    }
}

async fn pass_on(shared: &Shared, call: Call) -> Answer {
    let Call { method, target, mut headers, body, .. } = call;
    for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::ACCEPT_ENCODING] {
        headers.remove(name);
    }
    let request = shared.client.request(method, format!("{}{target}", shared.simulator));
    let mut response = match request.headers(headers).body(body).send().await {
        Ok(response) => response,
        Err(error) => return Answer::json(599, format!("the simulator did not answer: {error}")),
    };
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
    }
    Answer { status, headers, body: body.freeze() }
}
