//! What is wanted, and whether it is so.

use crate::race::{FLOOR, OURS, Results, SDK};

#[derive(Default)]
pub(crate) struct Targets(Vec<Target>);

pub(crate) struct Target {
    pub(crate) name: String,
    wanted: Wanted,
    measured: f64,
}

#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

use Wanted::{AtLeast, AtMost};

/// Of a race, how many times as long as another a contender may take.
const RATIOS: [(&str, &str, &str, Wanted); 8] = [
    ("http/get-vanilla", SDK, OURS, AtLeast(5.8)),
    ("http/post-4k", SDK, OURS, AtLeast(3.0)),
    ("core/put-1m", OURS, FLOOR, AtMost(1.01)),
    ("http/put-1m", OURS, FLOOR, AtMost(1.01)),
    ("presign/s3", SDK, OURS, AtLeast(4.6)),
    ("keyspaces/reply", OURS, FLOOR, AtMost(1.55)),
    ("key", "countersign, 32 bytes", FLOOR, AtMost(1.1)),
    ("key", "countersign", FLOOR, AtMost(1.1)),
];

const VERDICTS: [&str; 4] = ["valid", "forged", "unknown key", "malformed"];

impl Targets {
    /// Those of the races that were run.
    pub(crate) fn of(results: &Results) -> Self {
        let mut targets = Self::default();
        for (race, contender, other, wanted) in RATIOS {
            if let Some(ratio) = results.ratio(race, contender, other) {
                targets.add(format!("{race}: {contender} / {other}"), wanted, ratio);
            }
        }
        for job in ["get-vanilla", "neptune-token", "post-4k"] {
            targets.add_verdicts(results, job);
            let row = |contender| results.row(&format!("http/{job}"), contender);
            if let (Some(ours), Some(floor)) = (row(OURS), row(FLOOR)) {
                let more = ours.allocations as f64 - floor.allocations as f64;
                targets.add(format!("http/{job}: allocations - floor's"), AtMost(3.0), more);
            }
            targets.add_allocations(results, &format!("core/{job}"), OURS, 0.0);
        }
        targets.add_allocations(results, "keyspaces/reply", OURS, 0.0);
        targets
    }

    fn add_verdicts(&mut self, results: &Results, job: &str) {
        let race = format!("verify/{job}");
        for verdict in VERDICTS {
            if let Some(ratio) = results.ratio(&race, verdict, "sign") {
                self.add(format!("{race}: {verdict} / sign"), AtMost(1.35), ratio);
            }
        }
        // What the claim and `Verified` own.
        self.add_allocations(results, &race, "valid", 2.0);
    }

    fn add_allocations(&mut self, results: &Results, race: &str, contender: &str, most: f64) {
        if let Some(row) = results.row(race, contender) {
            let name = format!("{race}: {contender}, allocations");
            self.add(name, AtMost(most), row.allocations as f64);
        }
    }

    pub(crate) fn add(&mut self, name: String, wanted: Wanted, measured: f64) {
        self.0.push(Target { name, wanted, measured });
    }

    pub(crate) fn rows(&self) -> &[Target] {
        &self.0
    }
}

impl Target {
    pub(crate) fn is_met(&self) -> bool {
        match self.wanted {
            AtLeast(least) => self.measured >= least,
            AtMost(most) => self.measured <= most,
        }
    }

    pub(crate) fn wanted(&self) -> String {
        match self.wanted {
            AtLeast(least) => format!(">= {least}"),
            AtMost(most) => format!("<= {most}"),
        }
    }

    pub(crate) fn measured(&self) -> String {
        format!("{:.3}", self.measured)
    }
}
