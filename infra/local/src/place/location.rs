//! The home or stack that a command works on. It is opened only when needed.

use super::Place;
use super::stack::Address;
use crate::output::Problem;
use std::path::PathBuf;

/// A home or a stack that is not open yet.
#[derive(Debug)]
pub(crate) enum Location {
    Home { path: Option<PathBuf>, key_file: Option<PathBuf> },
    Stack(Address),
}

impl Location {
    /// Opens it. A missing home is created; a stack must exist.
    pub(crate) async fn open(&self) -> Result<Place, Problem> {
        match self {
            Self::Home { key_file, .. } => Place::at_home(&self.home()?, key_file.as_deref()),
            Self::Stack(address) => Box::pin(Place::at_stack(address)).await,
        }
    }

    /// Opens it without creating a home.
    pub(crate) async fn open_if_any(&self) -> Result<Option<Place>, Problem> {
        match self {
            Self::Home { .. } if !self.home()?.exists() => Ok(None),
            _ => self.open().await.map(Some),
        }
    }

    /// The folder of the home.
    pub(crate) fn home(&self) -> Result<PathBuf, Problem> {
        match self {
            Self::Home { path: Some(path), .. } => Ok(path.clone()),
            _ => default_home(),
        }
    }
}

/// The home when none is named: `$XDG_DATA_HOME/causeway`, else `~/.local/share/causeway`.
fn default_home() -> Result<PathBuf, Problem> {
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.or_else(|| Some(std::env::home_dir()?.join(".local/share")));
    data.map(|data| data.join("causeway")).ok_or_else(|| {
        Problem::input("home", "this user has no home directory", "Name a folder with `--home DIR`.")
    })
}
