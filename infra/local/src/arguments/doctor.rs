//! Arguments of `doctor`.

use clap::Args;

/// Whether to mend.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Mend what needs no person: rights, half-written files, a damaged queue. Nothing that could be needed is deleted
    #[arg(long)]
    pub(crate) mend: bool,
}
