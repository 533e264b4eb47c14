//! The demo: the whole product on simulated systems, in one folder, step by step.

mod folder;
mod scenes;
mod systems;

use crate::commands::{apply, run, test};
use crate::output::{Problem, Screen, checks, sections};
use crate::place::Place;
use crate::process::{Ending, Interrupt};
use causeway_domain::{ConnectionName, Outcome};
use causeway_ports::SecretText;
use causeway_runs::Tested;
use causeway_views::{Account, numbers};
use serde::Serialize;
use std::path::Path;
use systems::{Changed, PLANTS, Plant, RECEIVER, Systems, VENDOR};

/// The expected outcomes of the runs.
const EXPECTED: [Outcome; 6] = [
    Outcome::Complete,
    Outcome::Complete,
    Outcome::Complete,
    Outcome::Complete,
    Outcome::Failed,
    Outcome::Complete,
];

/// The result of the demo, for `--json`.
#[derive(Debug, Serialize)]
struct Told {
    folder: String,
    tests: Vec<Tested>,
    runs: Vec<Account>,
}

/// State shared by the scenes.
struct Stage<'a> {
    screen: &'a Screen,
    place: Place,
    systems: Systems,
    interrupt: Interrupt,
    told: Told,
    step: u32,
}

/// The process was asked to stop during the demo.
struct Stopped;

/// Runs the demo in `folder`.
pub(crate) async fn tell(folder: &Path, screen: &Screen) -> Result<Ending, Problem> {
    folder::clear(folder)?;
    let place = Place::at_home(folder, None)?;
    folder::mark(folder)?;
    let started = place.engine.clock.now();
    let told = Told { folder: folder.display().to_string(), tests: Vec::new(), runs: Vec::new() };
    let systems = Systems::start().await?;
    let mut stage = Stage { screen, place, systems, interrupt: Interrupt::listen(), told, step: 0 };
    match Box::pin(stage.play(folder)).await? {
        Err(Stopped) => Ok(Ending::Interrupted),
        Ok(()) => {
            let took = numbers::between(started, stage.place.engine.clock.now());
            stage.say(&format!(
                "That took {}. Nothing is left but the folder {}.",
                numbers::duration(took),
                folder.display()
            ));
            if screen.is_json() {
                screen.show(&stage.told, String::new)?;
            }
            let outcomes = stage.told.runs.iter().map(|run| run.outcome);
            Ok(if outcomes.eq(EXPECTED.map(Some)) { Ending::Done } else { Ending::Failed })
        }
    }
}

impl Stage<'_> {
    async fn play(&mut self, folder: &Path) -> Result<Result<(), Stopped>, Problem> {
        self.prepare(folder).await?;
        self.test().await?;
        let Some(first) =
            self.run_both("Both connections run for the first time, and everything is new.").await?
        else {
            return Ok(Err(Stopped));
        };
        self.first_arrival(&first);
        let changed = self.systems.let_a_week_pass()?;
        self.introduce(
            "Meanwhile the plant changes: devices are patched, replaced and removed, vulnerabilities appear.",
        );
        self.print(&scenes::changes(self.screen, &changed));
        let Some(second) = self.run_both("Both run again: only what changed is sent, and nothing is closed before a direct query confirms its absence.").await? else {
            return Ok(Err(Stopped));
        };
        self.second_arrival(&second, &changed).await?;
        if self.lose_the_token().await?.is_err() {
            return Ok(Err(Stopped));
        }
        self.systems.write_received(folder)?;
        self.print(&scenes::where_to_look(folder));
        Ok(Ok(()))
    }

    /// Prints a step to stdout, or to stderr with `--json`.
    fn print(&self, text: &str) {
        if self.screen.is_json() { self.screen.note(text) } else { self.screen.print(text) }
    }

    fn say(&self, text: &str) {
        self.print(&format!("\n{text}"));
    }

    fn introduce(&mut self, sentence: &str) {
        self.step += 1;
        self.say(&format!("{}. {sentence}", self.step));
    }

    async fn prepare(&mut self, folder: &Path) -> Result<(), Problem> {
        self.introduce(&format!("A simulated {VENDOR} and two simulated {RECEIVER} connectors start on this machine, and two connections join them."));
        self.print(&scenes::systems(self.screen, &self.systems));
        for plant in &PLANTS {
            let file =
                folder::write(folder, &format!("{}.toml", plant.name), &self.systems.definition(plant))?;
            apply::register(&self.place, &file).await?;
        }
        for (name, text) in self.systems.secrets() {
            self.place.secrets.set(name, &SecretText::from(text)).await?;
        }
        Ok(())
    }

    async fn test(&mut self) -> Result<(), Problem> {
        self.introduce(
            "Before the first run each connection is tested, one step at a time; here is the first.",
        );
        for (number, plant) in PLANTS.iter().enumerate() {
            let tested = test::checks(&self.place, &plant.connection()?).await?;
            if number == 0 || !checks::all_passed(&tested) {
                self.print(&checks::text(self.screen, &tested));
            } else {
                self.print(&format!("The test of {} passed as well.", plant.name));
            }
            self.told.tests.extend(tested);
        }
        Ok(())
    }

    /// Runs both connections, one after the other; `None` when the process was asked to stop.
    async fn run_both(&mut self, sentence: &str) -> Result<Option<[usize; 2]>, Problem> {
        self.introduce(sentence);
        let mut runs = [0; 2];
        for (plant, place) in PLANTS.iter().zip(&mut runs) {
            let Some(run) = self.run(plant).await? else { return Ok(None) };
            *place = run;
        }
        Ok(Some(runs))
    }

    /// Runs one connection; returns its index among the runs.
    async fn run(&mut self, plant: &Plant) -> Result<Option<usize>, Problem> {
        let name: ConnectionName = plant.connection()?;
        let performed =
            run::perform(&self.place, self.screen, &name, run::Begin::Run, &mut self.interrupt).await?;
        Ok(performed.map(|mut account| {
            // The simulators live in the same process.
            account.peak_memory_bytes = None;
            self.told.runs.push(account);
            self.told.runs.len() - 1
        }))
    }

    fn first_arrival(&mut self, runs: &[usize; 2]) {
        self.print(&scenes::runs(self.screen, &self.told.runs, runs));
        self.print(&scenes::arrived(self.screen, &self.systems));
    }

    async fn second_arrival(&mut self, runs: &[usize; 2], changed: &Changed) -> Result<(), Problem> {
        self.print(&scenes::runs(self.screen, &self.told.runs, runs));
        self.introduce("Why findings are closed, kept or open again: each verdict carries its reason.");
        for (plant, run) in PLANTS.iter().zip(runs) {
            let Some(account) = self.told.runs.get(*run) else { continue };
            let verdicts =
                causeway_runs::verdicts(&self.place.engine, &account.connection, &account.run).await?;
            let control = self.systems.receiver(plant);
            self.say(&format!("{} ({})", plant.name, plant.policy));
            self.print(&scenes::verdicts(self.screen, &verdicts, control));
        }
        self.introduce("The same vanished findings, as the two receivers show them now.");
        let vanished = scenes::vanished(self.screen, &self.place.engine, &self.systems, changed).await?;
        self.print(&vanished);
        Ok(())
    }

    async fn lose_the_token(&mut self) -> Result<Result<(), Stopped>, Problem> {
        self.introduce("More findings vanish, and the API token expires in the middle of the next run: nothing is closed on incomplete data.");
        let gone = self.systems.expire_token_in_mid_run()?;
        let Some(plant) = PLANTS.first() else { return Ok(Ok(())) };
        let before = scenes::closed(&self.systems, plant);
        let Some(failed) = self.run(plant).await? else { return Ok(Err(Stopped)) };
        let after = scenes::closed(&self.systems, plant);
        if let Some(account) = self.told.runs.get(failed) {
            self.print(&sections::text(self.screen, account));
        }
        self.print(&format!(
            "Closed at the receiver before: {before}, after: {after}; {gone} findings are gone at the vendor."
        ));
        self.introduce("With a new token the next run sees everything and closes what is really gone.");
        let (name, text) = self.systems.renew_token();
        self.place.secrets.set(name, &SecretText::from(text)).await?;
        let Some(mended) = self.run(plant).await? else { return Ok(Err(Stopped)) };
        self.print(&scenes::runs(self.screen, &self.told.runs, &[mended]));
        let healed = self.told.runs.get(mended).is_some_and(|run| run.outcome == Some(Outcome::Complete));
        if healed {
            self.print(&format!("Closed at the receiver now: {}.", scenes::closed(&self.systems, plant)));
        }
        Ok(Ok(()))
    }
}
