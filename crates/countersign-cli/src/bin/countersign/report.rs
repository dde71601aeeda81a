//! What the command prints, and how it ends.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use countersign_cli::ParseError;
use serde_json::{Value, json};

/// A request that cannot be signed, or that is not verified.
pub(crate) const REFUSED: u8 = 1;
/// Wrong options, input that cannot be read, no credentials.
pub(crate) const USAGE: u8 = 2;

/// Why there is no result.
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl ToString) -> Self {
        Self { code: USAGE, message: message.to_string() }
    }

    pub(crate) fn refused(message: impl ToString) -> Self {
        Self { code: REFUSED, message: message.to_string() }
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self::usage(error)
    }
}

/// A result: text for people, a value for programs, and the exit status.
pub(crate) struct Outcome {
    pub(crate) text: Vec<u8>,
    pub(crate) json: Value,
    pub(crate) code: u8,
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// Highlights a text that goes to standard output, if that takes colours.
///
/// This is decided here, not by a stream that removes colours again: a command or a URL can contain
/// bytes that look like a colour.
pub(crate) fn paint(style: Style, text: &str) -> String {
    paint_for(AutoStream::choice(&io::stdout()), style, text)
}

fn paint_for(choice: ColorChoice, style: Style, text: &str) -> String {
    match choice {
        ColorChoice::Never => text.into(),
        _ => format!("{style}{text}{style:#}"),
    }
}

/// What the reader should know beside the result.
#[derive(Default)]
pub(crate) struct Notes(Vec<(&'static str, String)>);

impl Notes {
    pub(crate) fn hint(&mut self, text: impl Into<String>) {
        self.0.push(("hint", text.into()));
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.0.push(("note", text.into()));
    }

    pub(crate) fn warning(&mut self, text: impl Into<String>) {
        self.0.push(("warning", text.into()));
    }
}

/// Prints a result and returns the exit status.
pub(crate) fn print(result: Result<Outcome, Failure>, notes: &Notes, as_json: bool) -> u8 {
    if !as_json {
        for (kind, text) in &notes.0 {
            print_error(kind, if *kind == "warning" { YELLOW } else { BOLD }, text);
        }
    }
    let mut outcome = result.unwrap_or_else(|Failure { code, message }| {
        if !as_json {
            print_error("error", RED, &message);
        }
        Outcome { text: Vec::new(), json: json!({ "error": message }), code }
    });
    if as_json {
        let note = |(kind, text): &(&str, String)| json!({ "kind": kind, "text": text });
        if let Some(object) = outcome.json.as_object_mut() {
            object.insert("notes".into(), notes.0.iter().map(note).collect());
        }
        outcome.text = format!("{:#}\n", outcome.json).into();
    }
    let mut output: Box<dyn Write> = match AutoStream::choice(&io::stdout()) {
        ColorChoice::Never => Box::new(io::stdout()),
        // It knows the terminals of Windows.
        _ => Box::new(anstream::stdout()),
    };
    match output.write_all(&outcome.text).and_then(|()| output.flush()) {
        Ok(()) => outcome.code,
        Err(error) => {
            print_error("error", RED, &format!("cannot write: {error}"));
            USAGE
        }
    }
}

fn print_error(kind: &str, style: Style, text: &str) {
    let choice = AutoStream::choice(&io::stderr());
    let label = paint_for(choice, style, &format!("{kind}:"));
    // If this cannot be written, the exit status has to do.
    let _ = writeln!(anstream::stderr(), "{label} {}", visible(text));
}

/// A text that was received, made safe for a terminal.
pub(crate) fn visible(text: &str) -> String {
    let show = |character: char| match character {
        '\n' => "\n".to_owned(),
        control if control.is_control() => control.escape_unicode().to_string(),
        other => other.to_string(),
    };
    text.chars().map(show).collect()
}
