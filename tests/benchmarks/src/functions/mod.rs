//! The functions as they are deployed: their real binaries below a Runtime API on loopback, with an AWS, a vendor and a
//! receiver on loopback too.

mod bucket;
mod cloud;
mod crew;
pub mod million;
mod plant;
mod process;
mod queues;
pub mod start;
mod vendor;
pub mod whole;

pub use cloud::Cloud;
pub use crew::{Program, Setting, Used};
pub use plant::{Plant, World};
pub use vendor::Distant;

use crate::BoxError;
use std::path::{Path, PathBuf};

/// Names of the functions of a stack.
pub const FUNCTIONS: [&str; 5] = ["scheduler", "worker", "finalizer", "deliverer", "control"];

/// Where what is measured was built and installed.
#[derive(Debug, Clone, Copy)]
pub struct Built<'b> {
    /// Folder with `functions/bootstrap` and `functions.zip`.
    pub functions: &'b Path,
    /// The hello-world function.
    pub hello: &'b Path,
    /// Folder of the virtual environments.
    pub tools: &'b Path,
    /// Folder of the peers' programs.
    pub programs: &'b Path,
}

impl Built<'_> {
    /// The interpreter of the Python handler.
    fn python(&self) -> PathBuf {
        self.tools.join("peer-lambda/bin/python")
    }
}

/// Asks that nothing is compared with what was not built.
fn there(path: &Path) -> Result<&Path, BoxError> {
    if path.exists() { Ok(path) } else { Err(format!("{} is not there", path.display()).into()) }
}
