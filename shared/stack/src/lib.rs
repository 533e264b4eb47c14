//! One stack on AWS: its settings from the environment of its functions, and the engine over its services.
//!
//! A function reads its own environment. The command line reads that of the control function, which
//! names everything, so only the stack's name has to be typed.

mod environment;
mod function;
mod settings;
mod stack;

pub use environment::Misconfigured;
pub use function::Function;
pub use settings::{OwnQueue, Settings, Woken};
pub use stack::Stack;
