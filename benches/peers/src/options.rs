//! The command line.

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
cargo run --release --manifest-path benches/peers/Cargo.toml -- [COMMAND] [OPTIONS]

commands:
  (none)               every job, side by side, and whether the targets are met
  growth               how the time grows with headers, parameters, bodies and targets
  instructions         instructions of a job beside those of its floor, counted by callgrind

options:
  --rounds N           rounds of a race: in each, every contender runs one small batch, in random order (1000)
  --only TEXT          only the races whose name holds TEXT: core, http, presign, keyspaces, verify, key, threads,
                       rollover, memory
  --markdown           tables in Markdown";

pub(crate) struct Options {
    pub(crate) command: Command,
    pub(crate) rounds: usize,
    pub(crate) only: String,
    pub(crate) is_markdown: bool,
}

pub(crate) enum Command {
    Growth,
    Help,
    Instructions,
    /// One contender of one race, as often, and nothing else: what callgrind looks at.
    Iterate {
        race: String,
        contender: String,
        count: usize,
    },
    Race,
}

impl Options {
    pub(crate) fn from_args() -> Result<Self, lexopt::Error> {
        let mut options =
            Self { command: Command::Race, rounds: 1000, only: String::new(), is_markdown: false };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("rounds") => options.rounds = arguments.value()?.parse::<usize>()?.max(1),
                Long("only") => options.only = arguments.value()?.string()?,
                Long("markdown") => options.is_markdown = true,
                Long("help") | Short('h') => options.command = Command::Help,
                Value(command) if command == "growth" => options.command = Command::Growth,
                Value(command) if command == "instructions" => {
                    options.command = Command::Instructions;
                }
                Value(command) if command == "iterate" => {
                    let race = arguments.value()?.string()?;
                    let contender = arguments.value()?.string()?;
                    let count = arguments.value()?.parse()?;
                    options.only.clone_from(&race);
                    options.command = Command::Iterate { race, contender, count };
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    /// Whether a race is to be run.
    pub(crate) fn wants(&self, name: &str) -> bool {
        name.contains(&self.only)
    }
}
