//! Arguments of `doctor`.

use clap::Args;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Repair what is safe to repair automatically: permissions, half-written files, a damaged queue. Deletes nothing
    /// that could be needed
    #[arg(long)]
    pub(crate) mend: bool,
}
