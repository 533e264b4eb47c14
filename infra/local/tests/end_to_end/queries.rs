//! The queries of `docs/QUERIES.md`, run by DuckDB as they stand there, agree with `findings`.

use crate::process::Result;
use crate::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Error;
use std::path::Path;
use std::process::Command;

const GUIDE: &str = include_str!("../../../../docs/QUERIES.md");

/// Runs each statement of its argument; prints the rows of the last one as JSON.
const SCRIPT: &str = "import duckdb, json, sys; c = duckdb.connect(); \
    print(json.dumps([[str(v) if v is not None else '' for v in r] for r in c.execute(sys.argv[1]).fetchall()]))";

#[test]
#[ignore = "needs DuckDB: `make queries` installs it and runs this"]
fn the_guides_queries_agree_with_the_program() -> Result<()> {
    let world = World::new(601)?;
    world.run_well()?;
    world.pass_a_day()?;
    world.run_well()?;
    let queries: Vec<&str> =
        GUIDE.split("```sql\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    let [setup, by_site, fixed, unseen] = queries.as_slice() else {
        return Err(Error::other(format!("{} queries in the guide", queries.len())));
    };
    let ask = |query: &str| duckdb(&world.place.path().join("home"), &format!("{setup}\n{query}"));

    let mut sites: BTreeMap<String, (u64, BTreeSet<String>)> = BTreeMap::new();
    for open in known(&world, &["--status", "open"])? {
        let entry = sites.entry(text(&open, "site")).or_default();
        entry.0 += 1;
        entry.1.extend(open["cve"].as_str().map(str::to_owned));
    }
    let expected: BTreeSet<Vec<String>> = sites
        .into_iter()
        .map(|(site, (count, cves))| vec![site, count.to_string(), cves.len().to_string()])
        .collect();
    assert!(expected.len() > 1, "{expected:?}");
    assert_eq!(ask(by_site)?.into_iter().collect::<BTreeSet<_>>(), expected);

    let decided = known(&world, &["--why", "--status", "fixed"])?;
    let newly = decided.iter().filter(|one| {
        matches!(one.pointer("/why/verdict").and_then(Value::as_str), Some("fixed" | "fixed-by-vendor"))
    });
    let expected: Vec<Vec<String>> = newly
        .map(|one| {
            let why = &one["why"];
            let question = why["confirmed_by"].as_u64().map(|number| number.to_string()).unwrap_or_default();
            vec![text(one, "asset"), text(one, "finding"), text(why, "verdict"), text(why, "rule"), question]
        })
        .collect();
    assert!(expected.len() >= 3, "{expected:?}");
    assert_eq!(ask(fixed)?, expected);

    let mut expected: Vec<Vec<String>> = known(&world, &["--unseen"])?
        .iter()
        .map(|one| {
            let missing = one["missing"].to_string();
            vec![
                text(one, "asset"),
                text(one, "finding"),
                text(one, "status"),
                text(one, "last_seen"),
                missing,
            ]
        })
        .collect();
    expected.sort_by(|a, b| (&a[3], &a[0], &a[1]).cmp(&(&b[3], &b[0], &b[1])));
    assert!(!expected.is_empty());
    assert_eq!(ask(unseen)?, expected);
    Ok(())
}

fn known(world: &World, filters: &[&str]) -> Result<Vec<Value>> {
    let arguments: Vec<&str> =
        ["findings", "plant", "--limit", "0", "--json"].iter().chain(filters).copied().collect();
    let answer = world.place.call(&arguments)?.json()?;
    Ok(answer.pointer("/0/known").and_then(Value::as_array).cloned().unwrap_or_default())
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn duckdb(home: &Path, sql: &str) -> Result<Vec<Vec<String>>> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/duckdb/bin/python");
    let output = Command::new(python).args(["-c", SCRIPT, sql]).current_dir(home).output()?;
    let problem = || Error::other(String::from_utf8_lossy(&output.stderr).into_owned());
    if !output.status.success() {
        return Err(problem());
    }
    serde_json::from_slice(&output.stdout).map_err(|_| problem())
}
