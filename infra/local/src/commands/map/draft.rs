//! A map in an editor.

use crate::commands::text_file;
use crate::output::{Problem, Screen};

use causeway_runs::SavedMap;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::Command;
use tempfile::NamedTempFile;

/// The file being edited. It is removed at the end, unless it holds work that could not be saved.
pub(super) struct Draft {
    editor: OsString,
    map: String,
    file: NamedTempFile,
}

impl Draft {
    /// The text of `map` in a file of its own.
    pub(super) fn of(map: &SavedMap) -> Result<Self, Problem> {
        let editor = ["VISUAL", "EDITOR"]
            .into_iter()
            .find_map(|name| std::env::var_os(name).filter(|command| !command.is_empty()));
        let name = &map.name;
        let editor = editor.ok_or_else(|| {
            let help = format!(
                "Set it (`export EDITOR=nano`), or edit a copy: `causeway map show {name} --toml > FILE`, then \
                 `causeway map edit {name} --from-file FILE`."
            );
            Problem::input(format!("map {name}"), "neither $VISUAL nor $EDITOR names an editor", help)
        })?;
        let file = tempfile::Builder::new().prefix(&format!("{name}-")).suffix(".toml").tempfile();
        let mut file = file.map_err(|error| Problem::file(&std::env::temp_dir(), "write there", &error))?;
        file.write_all(map.text.as_bytes())
            .map_err(|error| Problem::file(file.path(), "write it", &error))?;
        Ok(Self { editor, map: name.to_string(), file })
    }

    /// Opens the editor until `accept` takes the text; `None` when the user stops.
    pub(super) fn until_good<T>(
        self,
        screen: &Screen,
        accept: impl Fn(&str, &str) -> Result<Option<T>, Problem>,
    ) -> Result<Option<Option<(String, T)>>, Problem> {
        let label = self.file.path().display().to_string();
        loop {
            self.open()?;
            // Editors replace the file, so it is read by its name.
            let path = self.file.path();
            let text = text_file::read(path).map_err(|error| Problem::file(path, "read it", &error))?;
            match accept(&label, &text) {
                Ok(accepted) => return Ok(Some(accepted.map(|accepted| (text, accepted)))),
                Err(problem) => screen.problem(&problem),
            }
            if !again() {
                return self.keep(screen).map(|()| None);
            }
        }
    }

    /// The command may have arguments, so a shell parses it.
    fn open(&self) -> Result<(), Problem> {
        let mut command = OsString::from(&self.editor);
        command.push(" \"$1\"");
        let status = Command::new("sh")
            .args([OsStr::new("-c"), &command, OsStr::new("sh"), self.file.path().as_os_str()])
            .status()
            .map_err(|error| Problem::file(Path::new("sh"), "start the editor", &error))?;
        if status.success() {
            return Ok(());
        }
        let editor = self.editor.display().to_string();
        Err(Problem::input(editor, format!("the editor ended with {status}"), "Nothing was saved."))
    }

    fn keep(self, screen: &Screen) -> Result<(), Problem> {
        let map = self.map;
        let (_, path) = self
            .file
            .keep()
            .map_err(|error| Problem::file(error.file.path(), "keep the edited text", &error.error))?;
        screen.note(&format!(
            "Nothing was saved. The text is kept; continue with\n  causeway map edit {map} --from-file {}",
            path.display()
        ));
        Ok(())
    }
}

/// Asks whether to open the editor again; no, without a terminal.
fn again() -> bool {
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "Edit again? [Y/n] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer).unwrap_or_default();
    if read == 0 {
        let _ = writeln!(stderr);
        return false;
    }
    matches!(answer.trim().to_ascii_lowercase().as_str(), "" | "y" | "yes")
}
