//! A listening simulator.

use crate::SimulatorError;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A simulator in operation. Dropping it stops the listener; requests in progress are still answered.
#[derive(Debug)]
pub struct Running<C> {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub base_url: String,
    /// Handle that changes the world, sets faults and reads counters; can be cloned.
    pub control: C,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
}

impl<C> Running<C> {
    pub(crate) fn spawn(listener: TcpListener, router: Router, control: C) -> Result<Self, SimulatorError> {
        let base_url = format!("http://{}", listener.local_addr()?);
        let (stop, mut stopped) = watch::channel(false);
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // An error means that the sender is gone, so the server stops as well.
                    let _ = stopped.wait_for(|stop| *stop).await;
                })
                .await
        });
        Ok(Self { base_url, control, stop, server })
    }

    /// Serves until the listener fails or the simulator is dropped.
    ///
    /// # Errors
    /// The failure of the listener.
    pub async fn finished(mut self) -> Result<(), SimulatorError> {
        match (&mut self.server).await {
            Ok(result) => Ok(result?),
            Err(gone) => Err(SimulatorError::Listen(std::io::Error::other(gone))),
        }
    }
}

impl<C> Drop for Running<C> {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// A free port on loopback.
pub(crate) async fn loopback() -> Result<TcpListener, SimulatorError> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?)
}
