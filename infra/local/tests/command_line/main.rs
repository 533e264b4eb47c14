//! The command line, as child processes of the built binary.

mod applying;
mod asking;
mod describing;
mod doctor;
mod mapping;
mod previewing;
mod process;
mod running;
mod schedules;
mod secrets;
mod simulator;
mod stack;
mod trying;
