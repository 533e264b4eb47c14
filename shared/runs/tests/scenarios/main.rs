//! Runs from start to end over the real local ports, with a scripted vendor, a recording destination and a clock that
//! only moves when nothing is left to do.

#[cfg(test)]
mod absent_assets;
#[cfg(test)]
mod again;
#[cfg(test)]
mod approval;
#[cfg(test)]
mod chains;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod deltas;
#[cfg(test)]
mod destination;
#[cfg(test)]
mod duplicates;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod lost_site;
#[cfg(test)]
mod missing;
#[cfg(test)]
mod moving_table;
#[cfg(test)]
mod overdue;
#[cfg(test)]
mod overtaken;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod preview;
#[cfg(test)]
mod receivers;
#[cfg(test)]
mod redrive;
#[cfg(test)]
mod rejects;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod scope;
#[cfg(test)]
mod starting;
#[cfg(test)]
mod world;
