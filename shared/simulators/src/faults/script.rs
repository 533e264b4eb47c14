//! A script in operation.

use super::{Action, Endpoint, Fault};
use crate::SimulatorError;
use std::sync::Mutex;

/// The simulator of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Xdome,
    Etm,
}

/// Faults with their numbers of matching requests and of effects.
#[derive(Debug)]
pub(crate) struct FaultScript {
    kind: Kind,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    fault: Fault,
    fitted: u64,
    happened: u64,
}

impl FaultScript {
    pub(crate) fn new(kind: Kind, faults: Vec<Fault>) -> Result<Self, SimulatorError> {
        let script = Self { kind, entries: Mutex::default() };
        script.replace(faults)?;
        Ok(script)
    }

    /// Begins a new script, all counters at 0.
    pub(crate) fn replace(&self, faults: Vec<Fault>) -> Result<(), SimulatorError> {
        for (number, fault) in faults.iter().enumerate() {
            if !suits(&fault.action, self.kind) {
                let action = format!("{:?}", fault.action);
                return Err(SimulatorError::Fault { number, action });
            }
        }
        let entries = faults.into_iter().map(|fault| Entry { fault, fitted: 0, happened: 0 }).collect();
        *self.lock() = entries;
        Ok(())
    }

    /// The number of times that each fault took effect, in the order of the script.
    pub(crate) fn happened(&self) -> Vec<u64> {
        self.lock().iter().map(|entry| entry.happened).collect()
    }

    /// The action on this request.
    pub(crate) fn pick(&self, endpoint: Endpoint, offset: Option<u64>) -> Action {
        let mut entries = self.lock();
        let picked =
            entries.iter_mut().find_map(|entry| entry.offer(endpoint, offset).then_some(&entry.fault.action));
        picked.cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Entry {
    fn offer(&mut self, endpoint: Endpoint, offset: Option<u64>) -> bool {
        let fault = &self.fault;
        let inside = |offset: u64| {
            fault.offset_from.is_none_or(|from| offset >= from)
                && fault.offset_before.is_none_or(|before| offset < before)
        };
        let fits = fault.endpoint.is_none_or(|wanted| wanted == endpoint) && offset.is_none_or(inside);
        if !fits || fault.times.is_some_and(|times| self.happened >= times) {
            return false;
        }
        self.fitted += 1;
        let happens = fault.nth.is_none_or(|nth| nth == self.fitted)
            && fault.every.is_none_or(|every| every > 0 && self.fitted.is_multiple_of(every));
        self.happened += u64::from(happens);
        happens
    }
}

fn suits(action: &Action, kind: Kind) -> bool {
    match action {
        Action::NullList
        | Action::EmptyList
        | Action::DropRows { .. }
        | Action::DuplicateRows { .. }
        | Action::NullRows { .. }
        | Action::NullKeys { .. }
        | Action::BreakingRow { .. }
        | Action::WrongCount { .. }
        | Action::RefuseFields { .. }
        | Action::Change { .. } => kind == Kind::Xdome,
        Action::RefuseAssets { .. } => kind == Kind::Etm,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Endpoint, Fault, FaultScript, Kind};

    #[test]
    fn the_first_fault_that_fits_happens() {
        let faults: Vec<Fault> = serde_json::from_str(
            r#"[{"endpoint":"devices","nth":2,"action":{"kind":"null-list"}},
                {"endpoint":"relations","offset_from":100,"times":1,"action":{"kind":"empty-list"}},
                {"endpoint":"relations","every":2,"action":{"kind":"html","status":503}}]"#,
        )
        .unwrap();
        let script = FaultScript::new(Kind::Xdome, faults).unwrap();
        let picked: Vec<Action> = [
            (Endpoint::Devices, 0),
            (Endpoint::Devices, 0),
            (Endpoint::Devices, 0),
            (Endpoint::Relations, 0),
            (Endpoint::Relations, 100),
            (Endpoint::Relations, 100),
        ]
        .map(|(endpoint, offset)| script.pick(endpoint, Some(offset)))
        .into();
        let html = Action::Html { status: 503 };
        let expected = [Action::None, Action::NullList, Action::None, Action::None, Action::EmptyList, html];
        assert_eq!(picked, expected);
        assert_eq!(script.happened(), [1, 1, 1]);
    }

    #[test]
    fn an_action_of_the_other_simulator_is_refused() {
        let fault = Fault { action: Action::NullList, ..Fault::default() };
        assert!(FaultScript::new(Kind::Etm, vec![fault]).is_err());
    }
}
