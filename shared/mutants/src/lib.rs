//! Deliberate bugs in the protocol, switched on one at a time, for the simulation to notice. Without the feature
//! `mutants` there are none.

#[cfg(feature = "mutants")]
std::thread_local! {
    static ACTIVE: std::cell::Cell<Option<&'static str>> = const { std::cell::Cell::new(None) };
}

/// Whether the bug called `name` is switched on in this thread.
#[cfg(feature = "mutants")]
pub fn on(name: &str) -> bool {
    ACTIVE.get() == Some(name)
}

/// No bug is ever switched on.
#[cfg(not(feature = "mutants"))]
#[inline]
pub const fn on(_name: &str) -> bool {
    false
}

/// Switches a bug on in this thread, or all off.
#[cfg(feature = "mutants")]
pub fn switch(name: Option<&'static str>) {
    ACTIVE.set(name);
}
