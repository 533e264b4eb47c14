//! A server on loopback that answers by a script, on the same thread as its client, so that a run repeats exactly.

use crate::script::{Reply, Script};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// Largest request that is read.
const REQUEST: usize = 8 << 20;

/// What a server was told to answer, and what it has answered.
#[derive(Default)]
struct Course {
    script: Script,
    given: Vec<Reply>,
}

/// The one server of this process.
pub(crate) struct Loopback {
    runtime: Runtime,
    /// Base address.
    pub(crate) url: String,
    course: Arc<Mutex<Course>>,
}

impl Loopback {
    /// Runs `client` against a server that follows `script`; also returns the answers that were given.
    pub(crate) fn play<T>(script: Script, client: impl AsyncFnOnce(&str) -> T) -> (T, Vec<Reply>) {
        // One at a time: tests run on threads of their own.
        static ONE: OnceLock<Mutex<Loopback>> = OnceLock::new();
        let one = ONE.get_or_init(|| Mutex::new(Self::start()));
        let one = one.lock().unwrap_or_else(PoisonError::into_inner);
        *lock(&one.course) = Course { script, given: Vec::new() };
        let result = one.runtime.block_on(client(&one.url));
        let given = std::mem::take(&mut lock(&one.course).given);
        (result, given)
    }

    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let course = Arc::<Mutex<Course>>::default();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::clone(&course);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { runtime, url, course }
    }
}

fn lock(course: &Mutex<Course>) -> std::sync::MutexGuard<'_, Course> {
    course.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection until either side ends it.
async fn serve(mut stream: TcpStream, course: Arc<Mutex<Course>>) {
    drop(stream.set_nodelay(true));
    while read_request(&mut stream).await.is_some() {
        let reply = {
            let mut course = lock(&course);
            let reply = course.script.reply(course.given.len());
            course.given.push(reply.clone());
            reply
        };
        let announced = reply.body.len() + usize::from(reply.cut);
        let mut answer = format!("HTTP/1.1 {} Scripted\r\ncontent-length: {announced}\r\n", reply.status);
        for (name, value) in &reply.headers {
            answer.push_str(&format!("{name}: {value}\r\n"));
        }
        answer.push_str("\r\n");
        let mut answer = answer.into_bytes();
        answer.extend_from_slice(&reply.body);
        if stream.write_all(&answer).await.is_err() || reply.cut {
            return;
        }
    }
}

/// Reads one request to its end; what it says does not matter.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 4 << 10];
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        request.extend_from_slice(chunk.get(..count)?);
        let head = request.windows(4).position(|window| window == b"\r\n\r\n");
        let Some(head) = head else { continue };
        let text = String::from_utf8_lossy(request.get(..head)?).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        if request.len() >= head + 4 + length.unwrap_or(0) || request.len() > REQUEST {
            return Some(());
        }
    }
}
