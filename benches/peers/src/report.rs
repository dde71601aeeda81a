//! Tables, for a terminal or in Markdown.

use crate::race::{FLOOR, Row, SDK};
use crate::targets::Targets;

pub(crate) struct Report {
    is_markdown: bool,
    is_begun: bool,
}

impl Report {
    pub(crate) fn new(is_markdown: bool) -> Self {
        Self { is_markdown, is_begun: false }
    }

    /// Times in nanoseconds, and their ratio to the floor: to what stands first, where a race has none of that name.
    pub(crate) fn race(&mut self, rows: &[Row]) {
        if !self.is_begun {
            self.is_begun = true;
            // `benches/compare` finds these columns by their names, in older revisions too.
            self.header(&[
                "job",
                "by",
                "median ns",
                "minimum ns",
                "/ floor",
                "/ aws-sigv4",
                "allocations",
            ]);
        }
        let find = |name| rows.iter().find(|row| row.contender == name);
        let floor = find(FLOOR).or(rows.first());
        let ratio = |row: &Row, other: Option<&Row>| {
            other.map_or("".into(), |other| format!("{:.2}", row.median / other.median))
        };
        for row in rows {
            self.line(&[
                row.race.clone(),
                row.contender.into(),
                format!("{:.0}", row.median),
                format!("{:.0}", row.minimum),
                ratio(row, floor),
                ratio(row, find(SDK)),
                row.allocations.to_string(),
            ]);
        }
    }

    pub(crate) fn targets(&self, targets: &Targets) {
        println!();
        self.header(&["target", "wanted", "measured", "met"]);
        for target in targets.rows() {
            self.line(&[
                target.name.clone(),
                target.wanted(),
                target.measured(),
                if target.is_met() { "yes" } else { "NO" }.into(),
            ]);
        }
    }

    pub(crate) fn header(&self, names: &[&str]) {
        self.line(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        if self.is_markdown {
            self.line(&vec!["---".to_owned(); names.len()]);
        }
    }

    /// The first two columns are text.
    pub(crate) fn line(&self, cells: &[String]) {
        if self.is_markdown {
            println!("| {} |", cells.join(" | "));
            return;
        }
        let cells = cells.iter().enumerate().map(|(at, cell)| match at {
            0 => format!("{cell:<54}"),
            1 => format!("{cell:<22}"),
            _ => format!(" {cell:>13}"),
        });
        println!("{}", cells.collect::<String>().trim_end());
    }
}
