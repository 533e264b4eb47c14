//! The way out: every request of a source or destination goes through one [`Channel`].
//!
//! What holds here for all of them: HTTPS with verified certificates (plain http to loopback only), a private
//! authority where one is configured, no redirect followed, every wait and every answer bounded, one rate for all
//! concurrent calls, and failures in the words of `causeway_domain::Failure` without a secret or a body.

mod answer;
mod channel;
mod checklist;
mod encoding;
mod fault;
mod mask;
mod meter;
mod origin;
mod pace;
mod reachability;
mod retry;
mod trust;

pub use answer::{Answer, shortened};
pub use channel::{Channel, ChannelSettings};
pub use checklist::Checklist;
pub use mask::Mask;
pub use meter::Meter;
pub use origin::Origin;
pub use pace::{Pace, Share};
pub use trust::Authority;
