//! No secret leaves: not into a file of the home, not into output, not into the log, whatever happens (I-12).

use crate::process::Result;
use crate::world::{World, faults};
use causeway_simulators::EtmConfig;
use causeway_simulators::xdome::Token;
use std::path::Path;

/// How the JWTs of the simulated receiver begin.
const JWT: &str = "eyJhbGciOiJSUzI1NiJ9";

#[test]
fn no_secret_is_in_any_file_nor_output_nor_log() -> Result<()> {
    let world = World::new(801)?;
    let call = |arguments: &[&str]| {
        let all: Vec<&str> = ["--log", "trace"].into_iter().chain(arguments.iter().copied()).collect();
        world.place.call(&all)
    };
    let mut told = vec![call(&["connection", "test", "plant"])?];
    // Troubles on both sides, because failures are what repeats requests and answers.
    world.vendor_faults(&faults(
        r#"[{"endpoint":"relations","nth":4,"action":{"kind":"html","status":503}}]"#,
    )?)?;
    world.receiver_faults(&faults(r#"[{"endpoint":"sync","nth":1,"action":{"kind":"expire-token"}}]"#)?)?;
    told.push(call(&["run", "plant"])?);
    world.pass_a_day()?;
    world
        .vendor_faults(&faults(r#"[{"endpoint":"relations","nth":6,"action":{"kind":"expire-token"}}]"#)?)?;
    told.push(call(&["run", "plant"])?);
    told.push(call(&["connection", "test", "plant"])?);
    told.push(call(&["run", "show", "plant"])?);
    told.push(call(&["connection", "show", "plant"])?);
    let codes: Vec<i32> = told.iter().map(|ended| ended.code).collect();
    assert_eq!(codes, [0, 0, 1, 5, 0, 0], "{:?}", told.iter().map(|ended| &ended.stdout).collect::<Vec<_>>());
    assert!(
        told.iter().any(|ended| ended.stderr.lines().count() > 50),
        "the log is too quiet to prove anything"
    );

    let secrets = [Token::DEFAULT, EtmConfig::DEFAULT_PASSWORD, JWT];
    for ended in &told {
        for text in [&ended.stdout, &ended.stderr] {
            let found: Vec<_> =
                text.lines().filter(|line| secrets.iter().any(|one| line.contains(one))).collect();
            assert!(found.is_empty(), "{found:#?}");
        }
    }
    let mut files = 0;
    search(&world.place.path().join("home"), &secrets, &mut files)?;
    assert!(files > 50, "only {files} files were searched");
    Ok(())
}

fn search(folder: &Path, secrets: &[&str], files: &mut usize) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            search(&path, secrets, files)?;
            continue;
        }
        *files += 1;
        let packed = std::fs::read(&path)?;
        let content = zstd::decode_all(packed.as_slice()).unwrap_or(packed);
        for secret in secrets {
            let found = content.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds a secret", path.display());
        }
    }
    Ok(())
}
