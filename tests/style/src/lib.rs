//! Lints of design and style that clippy cannot express. Each one lists every offender, see `CONTRIBUTING.md`.

#[cfg(test)]
mod circles;
#[cfg(test)]
mod comments;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod guides;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod names;
#[cfg(test)]
mod sizes;
#[cfg(test)]
mod tree;
#[cfg(test)]
mod vendors;
#[cfg(test)]
mod words;
