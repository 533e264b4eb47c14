//! `causeway serve`: what is due runs once, whatever happens to the process.

use crate::damage::objects;
use crate::killing::{kill_when, pause};
use crate::oracle::{Missing, arrived, expect_exactly};
use crate::process::{Result, ended};
use crate::world::{Wishes, World, faults, small};
use causeway_simulators::XdomeConfig;
use jiff::{SignedDuration, Timestamp};
use std::io::{BufRead, BufReader, Error, Lines};
use std::process::{Child, ChildStderr, Command};

fn world(seed: u64, latency_ms: u64) -> Result<World> {
    World::of(XdomeConfig { seed, devices: 40, findings: 160, latency_ms, ..small() })
}

impl World {
    /// Connects with a schedule that occurs once, so many seconds from now or, should applying it take longer than that,
    /// later; returns when.
    pub(crate) fn connect_once_in(&self, seconds: i64) -> Result<Timestamp> {
        let due = now() + SignedDuration::from_secs(seconds);
        let start = due.strftime("%FT%T");
        let schedule = format!("\n[schedule]\noccurs = \"once\"\nstart = \"{start}\"\n");
        self.connect(Wishes { destination: &schedule, ..Wishes::default() })?;
        if self.state()? == "Registered" { self.connect_once_in(seconds * 2) } else { Ok(due) }
    }

    pub(crate) fn serve(&self) -> Result<Serving> {
        let mut child = self.place.command(&["serve"]).spawn()?;
        let stderr = child.stderr.take().ok_or_else(|| Error::other("no stderr"))?;
        let mut serving = Serving { child, lines: BufReader::new(stderr).lines(), heard: Vec::new() };
        serving.hears("Serving")?;
        Ok(serving)
    }

    fn runs(&self) -> Result<Vec<String>> {
        let runs = self.place.call(&["runs", "--json"])?.json()?;
        let id = |run: &serde_json::Value| run.get("run")?.as_str().map(str::to_owned);
        Ok(runs.as_array().into_iter().flatten().filter_map(id).collect())
    }

    pub(crate) fn state(&self) -> Result<String> {
        let listed = self.place.call(&["connection", "list", "--json"])?.json()?;
        let state = listed.pointer("/0/state").and_then(serde_json::Value::as_str);
        Ok(state.unwrap_or_default().to_owned())
    }
}

/// A serving process and what it has said.
pub(crate) struct Serving {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    heard: Vec<String>,
}

impl Drop for Serving {
    /// A test that fails leaves nothing behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    /// Waits for a line with `text`.
    pub(crate) fn hears(&mut self, text: &str) -> Result<String> {
        for line in self.lines.by_ref() {
            let line = line?;
            self.heard.push(line.clone());
            if line.contains(text) {
                return Ok(line);
            }
        }
        Err(Error::other(format!("it ended without {text:?}: {:#?}", self.heard)))
    }

    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { Err(Error::other("no such process")) }
    }

    /// Waits for the end; the exit code.
    pub(crate) fn ends(mut self) -> Result<(Option<i32>, Vec<String>)> {
        for line in self.lines.by_ref() {
            self.heard.push(line?);
        }
        let code = self.child.wait()?.code();
        Ok((code, std::mem::take(&mut self.heard)))
    }

    /// Asks it to stop.
    pub(crate) fn stop(self) -> Result<Vec<String>> {
        self.signal("-TERM")?;
        let (code, heard) = self.ends()?;
        assert_eq!(code, Some(0), "{heard:#?}");
        Ok(heard)
    }
}

/// Edits are seen without a restart, and SIGTERM is the orderly end.
#[test]
fn a_schedule_that_is_applied_while_serving_runs() -> Result<()> {
    let world = world(801, 0)?;
    world.connect(Wishes::default())?;
    let mut serving = world.serve()?;
    world.connect_once_in(2)?;
    let planned = serving.hears("plant: next start ")?;
    let started = serving.hears("plant: run ")?;
    assert!(planned.contains(" UTC") && started.contains(" started, due "), "{planned}\n{started}");
    let ended = serving.hears(" ended complete after ")?;
    assert!(ended.ends_with(" findings sent"), "{ended}");
    assert_eq!(world.state()?, "Processed");
    expect_exactly(&world, &arrived(&world), Missing::Fixed)?;

    assert_eq!(world.place.call(&["connection", "delete", "plant"])?.code, 0);
    serving.hears("plant: deleted")?;
    let heard = serving.stop()?;
    assert!(heard.iter().any(|line| line.ends_with("Stopped; no run was interrupted")), "{heard:#?}");
    Ok(())
}

#[test]
fn a_start_that_was_missed_is_made_up_for_once() -> Result<()> {
    let world = world(802, 0)?;
    let due = world.connect_once_in(3)?;
    assert_eq!(world.state()?, "Scheduled");
    while now() <= due {
        world.place.call(&["schedule", "show", "plant"])?;
    }
    let mut serving = world.serve()?;
    serving.hears(" ended complete after ")?;
    serving.stop()?;
    let runs = world.runs()?;
    let time = due.strftime("%Y%m%dT%H%M%SZ").to_string();
    assert!(runs.len() == 1 && runs[0].starts_with(&time), "{runs:?} for {due}");
    // Served again, there is nothing left to do.
    let serving = world.serve()?;
    serving.stop()?;
    assert_eq!(world.runs()?, runs);
    Ok(())
}

/// Killed again and again from its first write to its last, it makes one run that ends as it should.
#[test]
fn killed_while_it_serves_neither_loses_nor_doubles_the_start() -> Result<()> {
    let world = world(803, 0)?;
    let due = world.connect_once_in(3)?;
    while now() <= due {
        world.place.call(&["schedule", "show", "plant"])?;
    }
    let home = world.place.path().join("home");
    let mut kills = 0;
    for life in [1, 1, 1, 2, 4, 6, 8, 3, 1, 1, 2] {
        let until = objects(&home)?.len() + life;
        let serving = world.place.command(&["serve"]).spawn()?;
        let done = kill_when(serving, || {
            let objects = objects(&home)?;
            Ok(objects.len() >= until || objects.iter().any(|key| key.ends_with("outcome.json")))
        })?;
        assert!(done.is_none(), "it does not end by itself: {done:?}");
        kills += 1;
    }
    let mut serving = world.serve()?;
    while world.state()? == "Processing" {
        serving.hears("plant: ")?;
    }
    serving.stop()?;
    assert!(kills > 8);
    assert_eq!(world.runs()?.len(), 1);
    assert_eq!(world.state()?, "Processed");
    let known = world.place.call(&["connection", "show", "plant", "--json"])?.json()?;
    assert_eq!(known["record"]["generation"], 1, "{known}");
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}

#[test]
fn a_second_serve_is_refused() -> Result<()> {
    let world = world(804, 0)?;
    world.connect(Wishes::default())?;
    let serving = world.serve()?;
    let second = world.place.call(&["serve"])?;
    assert_eq!(second.code, 1, "{second:?}");
    let holder = format!("another causeway (process {}) works on this home", serving.child.id());
    assert!(second.stderr.contains(&holder) && second.stderr.contains("\n  help: "), "{second:?}");
    serving.stop()?;
    Ok(())
}

/// A run beside leaves the work to the serving process, and takes it over should that be killed.
#[test]
fn a_run_beside_a_serving_process_is_one_run_of_the_home() -> Result<()> {
    let world = world(805, 60)?;
    world.connect(Wishes::default())?;
    let mut serving = world.serve()?;
    let ran = world.run()?;
    ran.ends(0, "complete");
    serving.hears(" ended complete after ")?;

    let mut beside = world.place.command(&["run", "plant", "--json"]).spawn()?;
    let mut lines = BufReader::new(beside.stderr.take().ok_or_else(|| Error::other("no stderr"))?).lines();
    while !lines
        .next()
        .transpose()?
        .ok_or_else(|| Error::other("it ended before it started"))?
        .contains("started")
    {}
    serving.signal("-KILL")?;
    let rest = std::thread::spawn(move || lines.map_while(std::result::Result::ok).collect::<Vec<_>>());
    let ended = ended(beside)?;
    assert_eq!(ended.code, 0, "{ended:?} {:?}", rest.join());
    assert_eq!(ended.json()?["outcome"], "complete");
    assert_eq!(world.runs()?.len(), 2);
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}

#[test]
fn what_is_cut_short_by_a_stop_goes_on_later() -> Result<()> {
    let world = world(806, 120)?;
    world.connect_once_in(2)?;
    let mut serving = world.serve()?;
    let started = serving.hears(" started, due ")?;
    let heard = serving.stop()?;
    let run = started.split("run ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let told = format!("Stopped; the next `causeway serve` resumes: plant {run}");
    assert!(heard.iter().any(|line| line.ends_with(&told)), "{heard:#?}");
    assert!(heard.iter().any(|line| line.contains("Stopping: finishing work in progress")), "{heard:#?}");
    let mut again = world.serve()?;
    again.hears(&format!("plant: resuming run {run}"))?;
    again.hears(" ended complete after ")?;
    again.stop()?;
    assert_eq!(world.runs()?, [run]);
    expect_exactly(&world, &arrived(&world), Missing::Fixed)
}

#[test]
fn a_second_ctrl_c_stops_at_once() -> Result<()> {
    let world = world(807, 0)?;
    world.vendor_faults(&faults(
        r#"[{"offset_from":1,"action":{"kind":"hang-before","milliseconds":60000}}]"#,
    )?)?;
    world.connect_once_in(1)?;
    let mut serving = world.serve()?;
    // A page is being read that takes long.
    while world.vendor.control.state().faults_happened.iter().all(|happened| *happened == 0) {
        pause();
    }
    serving.signal("-INT")?;
    serving.hears("Stopping")?;
    serving.signal("-INT")?;
    let (code, heard) = serving.ends()?;
    assert_eq!(code, Some(130), "{heard:#?}");
    Ok(())
}

#[test]
fn the_log_has_one_json_line_for_each_event() -> Result<()> {
    let world = world(808, 0)?;
    world.connect_once_in(2)?;
    let mut child = world.place.command(&["serve", "--log", "info"]).spawn()?;
    let stderr = child.stderr.take().ok_or_else(|| Error::other("no stderr"))?;
    let mut serving = Serving { child, lines: BufReader::new(stderr).lines(), heard: Vec::new() };
    serving.hears("\"outcome\":\"complete\"")?;
    for line in serving.stop()? {
        let event: serde_json::Value = serde_json::from_str(&line).map_err(|_| Error::other(line))?;
        assert!(event["fields"]["message"].is_string(), "{event}");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a start that is to come is written into a file")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
