//! The command `countersign`. See the README of this crate.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

mod args;
mod credentials;
mod curl_command;
mod load;
mod prepare;
mod presign;
mod report;
mod sign;
mod signing;
mod verify;

use std::io;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Arguments, Command};
use self::report::{Failure, Notes, Outcome, print};

fn main() -> ExitCode {
    let mut notes = Notes::default();
    let (result, as_json) = match &Arguments::parse().command {
        Command::Sign(args) => (sign::sign(args, &mut notes), args.output.json),
        Command::Presign(args) => (presign::presign(args, &mut notes), args.output.json),
        Command::Verify(args) => (verify::verify(args, &mut notes), args.output.json),
        Command::Completions { shell } => {
            clap_complete::generate(
                *shell,
                &mut Arguments::command(),
                "countersign",
                &mut io::stdout(),
            );
            return ExitCode::SUCCESS;
        }
        Command::Man { command } => (manual(command.as_deref()), false),
    };
    print(result, &notes, as_json).into()
}

/// A manual page in roff.
fn manual(subcommand: Option<&str>) -> Result<Outcome, Failure> {
    let mut command = Arguments::command();
    command.build();
    if let Some(name) = subcommand {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| Failure::usage(format!("there is no subcommand {name}")))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::usage)?;
    Ok(Outcome { text: page, json: serde_json::Value::Null, code: 0 })
}
