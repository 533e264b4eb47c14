//! Clients created on first use. The first one reads and parses the certificates of the platform,
//! which would delay the start of a function, and some functions use only one or two (ADR 17).

use std::sync::{Arc, LazyLock};

/// A client, or its constructor. Clones share one.
pub(crate) type OnFirstUse<C> = Arc<LazyLock<C, Make<C>>>;

type Make<C> = Box<dyn FnOnce() -> C + Send>;

/// The result of `make`, created when needed.
pub(crate) fn on_first_use<C>(make: impl FnOnce() -> C + Send + 'static) -> OnFirstUse<C> {
    Arc::new(LazyLock::new(Box::new(make)))
}
