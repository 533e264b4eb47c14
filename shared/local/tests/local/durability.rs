//! A process is killed with SIGKILL in the middle of writing, again and again, on the same home. Whatever it had
//! acknowledged is there afterwards, and nothing is torn.

use crate::stage::message;
use bytes::Bytes;
use causeway_local::{Home, LocalQueue, LocalQueues, QueueSettings, SystemClock, SystemIds};
use causeway_ports::{Objects, PutCondition, PutOutcome, Queue, Settlement};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

const HOME: &str = "CAUSEWAY_TEST_HOME";
const SETTINGS: QueueSettings = QueueSettings { visibility: Duration::from_secs(3_600), max_receives: 2 };

fn queues(home: &Home) -> LocalQueues {
    home.queues(Arc::new(SystemClock), Arc::new(SystemIds)).unwrap()
}

/// Large enough to be torn, and each object knows what it must be.
fn content(name: &str) -> Bytes {
    Bytes::from(name.repeat(300_000 / name.len()))
}

/// Not a test: the process that is killed. It reports on stdout what was acknowledged to it.
#[test]
#[ignore = "runs as the child of `nothing_acknowledged_is_lost_to_a_kill`"]
fn killed_child() {
    let home = Home::open(Path::new(&std::env::var_os(HOME).unwrap())).unwrap();
    let _lock = home.lock().unwrap();
    let queue = queues(&home).queue("work", SETTINGS);
    let me = std::process::id();
    // Ends the line that the test harness has begun.
    println!();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        tokio::join!(put(&home, me), count(&home), send(&queue, me), work(&queue));
    });
}

async fn put(home: &Home, me: u32) {
    for n in 0.. {
        let key = format!("pages/{me}-{n}");
        home.objects().put(&key, content(&key), PutCondition::IfAbsent).await.unwrap();
        println!("put {key}");
    }
}

async fn count(home: &Home) {
    loop {
        let stored = home.objects().get("counter").await.unwrap().unwrap();
        let next = str::from_utf8(&stored.body).unwrap().parse::<u32>().unwrap() + 1;
        let condition = PutCondition::IfMatch(stored.etag);
        home.objects().put("counter", Bytes::from(next.to_string()), condition).await.unwrap();
        println!("counted {next}");
    }
}

async fn send(queue: &LocalQueue, me: u32) {
    for n in 0.. {
        let pair = [format!("{me}-{n}a"), format!("{me}-{n}b")];
        queue.send(&pair.clone().map(message)).await.unwrap();
        println!("sent {}\nsent {}", pair[0], pair[1]);
    }
}

/// Finishes a third of what is sent and is killed over the rest.
async fn work(queue: &LocalQueue) {
    loop {
        let taken = queue.receive(3).await.unwrap();
        if let Some(first) = taken.first() {
            println!("doing {}", first.body);
            queue.settle(&first, Settlement::Done).await.unwrap();
            println!("done {}", first.body);
        }
        tokio::task::yield_now().await;
    }
}

/// Starts the child, kills it once it has reported `reports` lines, and returns all it reported.
fn kill_after(home: &Path, reports: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "durability::killed_child", "--ignored", "--nocapture"])
        .env(HOME, home)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = Vec::new();
    let mut killed = false;
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
        seen.push(line);
        if seen.len() >= reports && !killed {
            child.kill().unwrap();
            killed = true;
        }
    }
    let status = child.wait().unwrap();
    assert!(killed && status.code().is_none(), "the child ended by itself: {status}: {seen:?}");
    seen
}

#[derive(Default)]
struct Acknowledged {
    put: BTreeSet<String>,
    sent: BTreeSet<String>,
    doing: BTreeSet<String>,
    done: BTreeSet<String>,
    counted: u32,
}

impl Acknowledged {
    fn note(&mut self, reports: &[String]) {
        for (what, name) in reports.iter().filter_map(|line| line.split_once(' ')) {
            match what {
                "put" => drop(self.put.insert(name.to_owned())),
                "sent" => drop(self.sent.insert(name.to_owned())),
                "doing" => drop(self.doing.insert(name.to_owned())),
                "done" => drop(self.done.insert(name.to_owned())),
                "counted" => self.counted = name.parse().unwrap_or(self.counted),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_to_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    home.objects().put("counter", Bytes::from_static(b"0"), PutCondition::IfAbsent).await.unwrap();
    let mut acknowledged = Acknowledged::default();
    for reports in [5, 23, 57, 110, 111, 190] {
        acknowledged.note(&kill_after(folder.path(), reports));
        check_objects(&home, &mut acknowledged).await;
    }
    check_messages(&home, &acknowledged).await;
}

async fn check_objects(home: &Home, acknowledged: &mut Acknowledged) {
    let lock = home.lock().unwrap();
    let left = std::fs::read_dir(home.path().join("objects/.tmp")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| name.ends_with(".lock")), "{left:?}");
    drop(lock);
    let objects = home.objects();
    let keys = objects.list("pages/").await.unwrap();
    for key in &keys {
        assert!(objects.get(key).await.unwrap().unwrap().body == content(key), "{key} is torn");
    }
    let missing: Vec<_> = acknowledged.put.iter().filter(|key| !keys.contains(key)).collect();
    assert!(missing.is_empty(), "acknowledged and gone: {missing:?}");
    let counter = objects.get("counter").await.unwrap().unwrap();
    let counted: u32 = str::from_utf8(&counter.body).unwrap().parse().unwrap();
    assert!((acknowledged.counted..=acknowledged.counted + 1).contains(&counted), "{counted}");
    acknowledged.counted = counted;
    let again = objects.put("counter", counter.body, PutCondition::IfMatch(counter.etag)).await.unwrap();
    assert_ne!(again, PutOutcome::Conflict, "a kill leaves no lock behind");
}

async fn check_messages(home: &Home, acknowledged: &Acknowledged) {
    let queues = queues(home);
    queues.release_all(&home.lock().unwrap()).await.unwrap();
    let left = queues.queue("work", SETTINGS).receive(100_000).await.unwrap();
    let left: BTreeSet<_> = left.into_iter().map(|message| message.body).collect();
    // A batch is sent whole: where one half is, the other must be.
    let twins = left
        .iter()
        .map(|body| if body.ends_with('a') { body.replace('a', "b") } else { body.replace('b', "a") });
    let expected: BTreeSet<_> = acknowledged.sent.iter().cloned().chain(twins).collect();
    let lost: Vec<_> =
        expected.iter().filter(|m| !left.contains(*m) && !acknowledged.doing.contains(*m)).collect();
    assert!(lost.is_empty(), "sent, never finished and gone: {lost:?}");
    let risen: Vec<_> = acknowledged.done.intersection(&left).collect();
    assert!(risen.is_empty(), "done and back again: {risen:?}");
    assert!(acknowledged.done.len() > 6 && left.len() > 6, "the test saw too little");
    assert_eq!(queues.dead_letters().await.unwrap(), [], "kills use no message up");
}
