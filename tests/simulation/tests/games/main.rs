//! What the simulation itself promises: the same seed is the same game, and a failing seed can be told and played again.

#[cfg(test)]
mod documented;
#[cfg(test)]
mod failing;
#[cfg(test)]
mod repeatable;
