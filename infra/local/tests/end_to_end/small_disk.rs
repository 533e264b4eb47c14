//! A home on a disk that is really full: a small file system of its own, mounted where nobody else sees it.

use crate::process::{Place, Result};
use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How to mount in a namespace of its own, and how to enter that: without any right where the kernel lets users do so,
/// else as root.
const WAYS: [(&[&str], &[&str]); 2] = [
    (&["--user", "--map-root-user", "--mount"], &["--user", "--mount", "--preserve-credentials"]),
    (&["--mount"], &["--mount"]),
];

/// A small file system. It is gone when this is dropped.
pub(crate) struct SmallDisk {
    holder: Child,
    root: PathBuf,
}

impl SmallDisk {
    /// Puts the home of `place`, not made yet, on a disk of so many KiB. `None`, with a note on stderr that nothing was
    /// tested, where the kernel forbids it.
    pub(crate) fn below(place: &mut Place, kibibytes: u32) -> Result<Option<Self>> {
        let mount = place.path().join("disk");
        std::fs::create_dir(&mount)?;
        let mut refusals = Vec::new();
        for (make, enter) in WAYS {
            match hold(make, &mount, kibibytes) {
                Ok(holder) => {
                    let root = seen_by(&holder, &mount);
                    std::fs::create_dir(root.join("home"))?;
                    std::os::unix::fs::symlink(mount.join("home"), place.path().join("home"))?;
                    let options = [format!("--wd={}", place.path().display()), "--target".to_owned()];
                    let enter = enter.iter().map(|option| (*option).to_owned());
                    place.within =
                        std::iter::once("nsenter".to_owned()).chain(enter).chain(options).collect();
                    place.within.push(holder.id().to_string());
                    return Ok(Some(Self { holder, root }));
                }
                Err(error) => refusals.push(error.to_string()),
            }
        }
        let reasons = refusals.join("; ");
        writeln!(
            std::io::stderr(),
            "NOT TESTED: a full disk, because no small one can be mounted: {reasons}"
        )?;
        Ok(None)
    }

    /// The home, as seen from here.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Takes all space but so many KiB.
    pub(crate) fn fill_but(&self, kibibytes: u64) -> Result<()> {
        let mut ballast = File::create(self.root.join("ballast"))?;
        let piece = [0; 4096];
        let pieces = until_full(|_| ballast.write_all(&piece))?;
        ballast.set_len((pieces * piece.len() as u64).saturating_sub(kibibytes * 1024))
    }

    /// Takes all that is left of the number of files that the disk can have; files that are there can still grow.
    pub(crate) fn take_all_names(&self) -> Result<()> {
        let folder = self.root.join("names");
        std::fs::create_dir(&folder)?;
        until_full(|number| File::create(folder.join(number.to_string())).map(drop)).map(drop)
    }

    /// Gives everything back.
    pub(crate) fn free(&self) -> Result<()> {
        for entry in std::fs::read_dir(&self.root)? {
            match entry?.path() {
                path if path.ends_with("home") => {}
                path if path.is_dir() => std::fs::remove_dir_all(path)?,
                path => std::fs::remove_file(path)?,
            }
        }
        Ok(())
    }
}

/// How often it could be done before the disk was full.
fn until_full(mut take: impl FnMut(u64) -> Result<()>) -> Result<u64> {
    let mut taken = 0;
    loop {
        match take(taken) {
            Ok(()) => taken += 1,
            Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(taken),
            Err(error) => return Err(error),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A process that has mounted the file system and stays.
fn hold(way: &[&str], mount: &Path, kibibytes: u32) -> Result<Child> {
    let script =
        r#"mount -t tmpfs -o "size=$1k,nr_inodes=4096,mode=0700" none "$2" && echo mounted && exec cat"#;
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", script, "sh", &kibibytes.to_string()]).arg(mount);
    // It ends with its stdin, so also when this process is killed.
    let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(stdout) = holder.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    if line == "mounted\n" {
        return Ok(holder);
    }
    let output = holder.wait_with_output()?;
    Err(Error::other(format!(
        "unshare {}: {}",
        way.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

/// The folder as that process sees it.
fn seen_by(holder: &Child, folder: &Path) -> PathBuf {
    let root = PathBuf::from(format!("/proc/{}/root", holder.id()));
    root.join(folder.strip_prefix("/").unwrap_or(folder))
}
