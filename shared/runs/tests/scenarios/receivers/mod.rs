//! Receivers that take less than assets with findings, or more.

mod assets_alone;
mod links;
