//! Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process.

use super::Ending;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Becomes true when the process is asked to stop.
#[derive(Clone)]
pub(crate) struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Starts listening.
    pub(crate) fn listen() -> Self {
        let (asked, receiver) = watch::channel(false);
        // Listen to both all the time, so that a signal right after another is not lost. Where that is not
        // possible, a signal ends the process, as it does by default.
        if let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        {
            tokio::spawn(async move {
                either(&mut interrupt, &mut terminate).await;
                asked.send_replace(true);
                either(&mut interrupt, &mut terminate).await;
                std::process::exit(Ending::Interrupted as i32);
            });
        }
        Self(receiver)
    }

    /// Is stopped through the sender.
    #[cfg(test)]
    pub(crate) fn by(asked: watch::Receiver<bool>) -> Self {
        Self(asked)
    }

    /// Waits until the process is asked to stop.
    pub(crate) async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
