//! Clients that are made when they are first used. The first one reads and parses the certificates of the platform, for
//! which a function would be waited for at its start, and some functions use no more than one or two (ADR 17).

use std::sync::{Arc, LazyLock};

/// A client, or how to make it. Clones share one.
pub(crate) type OnFirstUse<C> = Arc<LazyLock<C, Make<C>>>;

type Make<C> = Box<dyn FnOnce() -> C + Send>;

/// What `make` gives, once somebody needs it.
pub(crate) fn on_first_use<C>(make: impl FnOnce() -> C + Send + 'static) -> OnFirstUse<C> {
    Arc::new(LazyLock::new(Box::new(make)))
}
