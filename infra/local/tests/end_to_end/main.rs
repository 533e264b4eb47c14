//! Whole runs of the built binary against a simulated vendor and a simulated receiver over loopback, under every fault
//! that both can have, and what arrived held against what the vendor really has.

mod access;
mod bad_input;
mod chaos;
mod crashing;
mod damage;
mod delta;
mod full_disk;
mod held;
mod killing;
mod looking;
mod older_home;
mod oracle;
mod people;
#[path = "../command_line/process.rs"]
mod process;
mod queries;
mod receiver_faults;
mod secrecy;
mod serving;
mod small_disk;
mod troubles;
mod twin;
mod two_processes;
mod vendor_faults;
mod world;
