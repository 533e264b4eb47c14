//! Lints of design and style that clippy cannot express.
