//! A run from Acme Sensors to Acme Board, which only the guides know.

#[cfg(test)]
mod engine;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod run;
