//! The ports on AWS: the contract on emulators, and what emulators do not do, on a server that answers as told.
#[cfg(test)]
mod account;
#[cfg(test)]
mod expressions;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod interpreter;
#[cfg(test)]
mod object_faults;
#[cfg(test)]
mod on_emulators;
#[cfg(test)]
mod queue_faults;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod secret_faults;
#[cfg(test)]
mod stack;
