//! HTTP as every source and destination uses it: each request goes through one [`Channel`].
//!
//! All of them get HTTPS with verified certificates (plain http to loopback only), a private authority if one is
//! configured, no redirect followed, every wait and every response bounded, one rate for all concurrent calls, and
//! failures as `causeway_domain::Failure` without a secret or a body. [`Decision`] says once what a response means, and
//! [`Session`] keeps the token that requests carry.

mod channel;
mod checklist;
mod decision;
mod encoding;
mod fault;
mod mask;
mod meter;
mod origin;
mod pace;
mod reachability;
mod response;
mod retry;
mod session;
mod throttling;
mod trust;

pub use channel::{Channel, ChannelSettings};
pub use checklist::Checklist;
pub use decision::Decision;
pub use mask::Mask;
pub use meter::Meter;
pub use origin::Origin;
pub use pace::{Pace, Share};
pub use response::{Response, shortened};
pub use session::{Session, SignIn, Token};
pub use throttling::Throttling;
pub use trust::Authority;
