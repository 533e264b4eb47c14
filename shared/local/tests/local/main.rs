//! The ports on real folders, with real threads and killed processes.

#[cfg(test)]
mod contract;
#[cfg(test)]
mod deaths;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod home;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod queue_model;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod stage;
