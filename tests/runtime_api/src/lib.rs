//! Runs the real binary of a function as Lambda does: a child process with nothing but its environment, which polls the
//! Runtime API on loopback. [`Aws`] stands for the services behind it, as far as a script lets them answer.

mod aws;
mod function;
mod recursion;

pub use aws::{Aws, Call};
pub use function::{InvocationResult, Running};
pub use recursion::Detection;
