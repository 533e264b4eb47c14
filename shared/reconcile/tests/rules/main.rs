//! The rules of reconciling, held against a reference model that states them over whole tables.

#[cfg(test)]
mod against_model;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod situation;
#[cfg(test)]
mod strategy;
#[cfg(test)]
mod table;
#[cfg(test)]
mod takes;
