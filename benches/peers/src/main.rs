//! The jobs of signing, run side by side: this crate, other signers of AWS Signature Version 4, and the floor, which is the
//! hashing that no signer can avoid. See `README.md`.

mod allocations;
mod floor;
mod growth;
mod instructions;
mod jobs;
mod memory;
mod options;
mod peers;
mod race;
mod races;
mod report;
mod rollover;
mod targets;
mod threads;

use std::error::Error;

use crate::options::{Command, Options};
use crate::race::Results;
use crate::report::Report;
use crate::targets::Targets;

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::from_args()?;
    let report = Report::new(options.is_markdown);
    match &options.command {
        Command::Help => println!("{}", options::HELP),
        Command::Race => race(&options, report),
        Command::Growth => growth::run(report),
        Command::Instructions => instructions::run(&options, report)?,
        Command::Iterate { race: name, contender, count } => races::all(&options, &mut |race| {
            if race.name == *name {
                race.iterate(contender, *count);
            }
        }),
    }
    Ok(())
}

fn race(options: &Options, mut report: Report) {
    let mut results = Results::default();
    races::all(options, &mut |race| {
        let rows = race.run(options.rounds);
        report.race(&rows);
        results.add(rows);
    });
    let mut targets = Targets::of(&results);
    if options.wants("threads") {
        threads::run(options.rounds, &mut targets);
    }
    if options.wants("rollover") {
        rollover::run(options.rounds, &mut targets);
    }
    if options.wants("memory") {
        memory::run(&mut targets);
    }
    report.targets(&targets);
}
