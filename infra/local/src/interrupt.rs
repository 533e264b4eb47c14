//! Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process.

use crate::ending::Ending;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Becomes true when the process is asked to stop.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let (asked, receiver) = watch::channel(false);
        tokio::spawn(async move {
            one_signal().await;
            asked.send_replace(true);
            one_signal().await;
            std::process::exit(Ending::Interrupted as i32);
        });
        Self(receiver)
    }

    /// Waits until the process is asked to stop.
    pub(crate) async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn one_signal() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without the handler the signal ends the process, as it does by default.
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
