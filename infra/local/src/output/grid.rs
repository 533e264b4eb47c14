//! Tables.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};
use std::fmt;

/// Width of a table without a terminal, in characters.
const WIDTH: u16 = 160;

/// Smallest width accepted from a terminal.
const NARROWEST: u16 = 20;

/// A table that fits the terminal.
pub(crate) struct Grid {
    table: Table,
    colour: bool,
}

/// Emphasis of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
    Warn,
    Dim,
}

impl Grid {
    pub(super) fn new(header: &[&str], terminal: bool, colour: bool) -> Self {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        if !terminal {
            table.force_no_tty();
        }
        // Some terminals report a width of 0.
        if table.width().is_none_or(|width| width < NARROWEST) {
            table.set_width(WIDTH);
        }
        let bold = |text: &&str| {
            let cell = Cell::new(text);
            if colour { cell.add_attribute(Attribute::Bold) } else { cell }
        };
        table.set_header(header.iter().map(bold));
        Self { table, colour }
    }

    /// Adds a row of plain cells.
    pub(crate) fn row<T: ToString>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        self.table.add_row(cells.into_iter().map(Cell::new));
        self
    }

    /// Adds a row whose cells have tones.
    pub(crate) fn toned_row(&mut self, cells: impl IntoIterator<Item = (String, Tone)>) -> &mut Self {
        let colour = self.colour;
        self.table.add_row(cells.into_iter().map(|(text, tone)| {
            let cell = Cell::new(text);
            match tone {
                _ if !colour => cell,
                Tone::Plain => cell,
                Tone::Good => cell.fg(Color::Green),
                Tone::Bad => cell.fg(Color::Red),
                Tone::Warn => cell.fg(Color::Yellow),
                Tone::Dim => cell.add_attribute(Attribute::Dim),
            }
        }));
        self
    }

    /// Aligns columns of numbers, counted from 0, to the right.
    pub(crate) fn right(&mut self, columns: impl IntoIterator<Item = usize>) -> &mut Self {
        for column in columns {
            if let Some(column) = self.table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self
    }

    /// Whether there is any row.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table)
    }
}
