//! AWS on loopback: emulators as real child processes, each on a free port, gone when the test is.
//!
//! They are Python programs that `make emulators` installs, pinned, into the checkout. A test that needs one fails without it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test cannot go on without its emulator")]

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// The region that all emulators play.
pub const REGION: &str = "eu-central-1";

/// Longest that one takes to start on a busy machine.
const START: Duration = Duration::from_secs(60);

/// Which program plays AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Plays S3, SQS, Secrets Manager, EventBridge Scheduler, Lambda, CloudFormation and more.
    Ministack,
    /// A second opinion on S3.
    Moto,
}

/// An emulator that runs until this is dropped, or the process that started it ends in whatever way.
#[derive(Debug)]
pub struct Emulator {
    // The end of this process's life is the end of its input, and then the shell in between ends the emulator.
    shell: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Emulator {
    /// Starts `program` and waits until it answers.
    ///
    /// # Panics
    /// When it is not installed or does not start; the message says what to do, or ends with what it wrote.
    pub async fn start(program: Program) -> Self {
        Self::start_with(program, &[]).await
    }

    /// As [`Self::start`], with these environment variables besides.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub async fn start_with(program: Program, variables: &[(&str, String)]) -> Self {
        let path = installed(program);
        let folder = tempfile::tempdir().expect("a folder for the emulator");
        let log = File::create(folder.path().join("log")).expect("a log of the emulator");
        let address = free_address();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", r#""$@" & read -r end; kill "$!"; wait"#, "emulator"])
            .arg(&path)
            .args(arguments(program, address))
            .envs(environment(address))
            .envs(variables.iter().cloned())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a log of the emulator"))
            .stderr(log);
        let shell =
            shell.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", path.display()));
        let emulator = Self { shell, address, folder };
        let answering = async {
            while TcpStream::connect(address).await.is_err() {
                pause().await;
            }
        };
        if tokio::time::timeout(START, answering).await.is_err() {
            let log = std::fs::read_to_string(emulator.folder.path().join("log")).unwrap_or_default();
            panic!("{program:?} does not answer at {address} after {START:?}; it wrote:\n{log}");
        }
        emulator
    }

    /// Where it listens: `http://127.0.0.1:<port>`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its address and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A configuration that leads every client to it.
    pub async fn config(&self) -> SdkConfig {
        config(&self.endpoint()).await
    }

    /// The file that it writes its log to.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // What it leaves behind is removed with the folder; a shell that cannot be waited for has ended.
        let _ended = self.shell.wait();
    }
}

/// A configuration for a server of AWS's protocols at `endpoint`, with pauses of a test.
pub async fn config(endpoint: &str) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(60)).build();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(20)))
        .load()
        .await
}

fn installed(program: Program) -> PathBuf {
    let name = match program {
        Program::Ministack => "ministack",
        Program::Moto => "python",
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = root.join(".tools/aws/bin").join(name);
    assert!(path.exists(), "{program:?} is not installed in this checkout; run: make emulators");
    path
}

/// moto looks at a condition and then writes, without a lock between: in its threads two that race both win. Answering one
/// request after the other, it decides them as S3 does.
const ONE_AT_A_TIME: &str = "
import moto.server, werkzeug.serving
def serve(*places, **options):
    werkzeug.serving.run_simple(*places, **{**options, 'threaded': False})
moto.server.run_simple = serve
moto.server.main()
";

fn arguments(program: Program, address: SocketAddr) -> Vec<String> {
    match program {
        Program::Ministack => Vec::new(),
        Program::Moto => {
            let (host, port) = (address.ip().to_string(), address.port().to_string());
            ["-c", ONE_AT_A_TIME, "-H", &host, "-p", &port].map(str::to_owned).to_vec()
        }
    }
}

fn environment(address: SocketAddr) -> [(&'static str, String); 7] {
    [
        ("BIND_HOST", address.ip().to_string()),
        ("GATEWAY_PORT", address.port().to_string()),
        ("MINISTACK_HOST", address.ip().to_string()),
        ("IOT_MTLS_ENABLED", "0".to_owned()),
        ("SFTP_ENABLED", "0".to_owned()),
        ("LOG_LEVEL", "ERROR".to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
    ]
}

/// Another program may take the port before the emulator does; the test then fails with the emulator's words.
fn free_address() -> SocketAddr {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    free.expect("a free port on loopback")
}

#[expect(clippy::disallowed_methods, reason = "a program that starts is really waited for")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}
