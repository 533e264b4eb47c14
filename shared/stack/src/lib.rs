//! One stack on AWS: its settings, as the environment of its functions holds them, and the engine over its services.
//!
//! A function reads its own environment. Whoever works on a stack from outside reads that of its control function, which
//! names everything there is; so nothing has to be typed but the stack's name.

mod environment;
mod function;
mod settings;
mod stack;

pub use environment::Misconfigured;
pub use function::Function;
pub use settings::{OwnQueue, Settings, Woken};
pub use stack::Stack;
