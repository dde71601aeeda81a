//! `curl` commands.

mod data;
mod options;
mod settings;

use core::fmt;

use self::settings::Settings;
use crate::error::{ParseError, Position};
use crate::request::Request;
use crate::shell;

/// What a `curl` command refers to and does not contain.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Inputs<'a> {
    /// Returns the value of a shell variable. By default, no variable has a value.
    pub variables: &'a dyn Fn(&str) -> Option<String>,
    /// The content of the file that the body is in (`-d @FILE`, `-T FILE`), if it is at hand.
    pub body_file: Option<&'a [u8]>,
}

impl Default for Inputs<'_> {
    fn default() -> Self {
        Self { variables: &|_| None, body_file: None }
    }
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body_bytes = self.body_file.map(<[u8]>::len);
        f.debug_struct("Inputs").field("body_bytes", &body_bytes).finish_non_exhaustive()
    }
}

/// A `curl` command: the request that it sends, and what it says about signing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CurlCommand {
    /// The request. Its target is the URL as it was written; its headers are those that the command
    /// asks for, and the `Content-Type` that `curl` adds to a body.
    pub request: Request,
    /// What `--aws-sigv4` says.
    pub sigv4: Option<SigV4Option>,
    /// With `--aws-sigv4`: the access key that `--user` says. Otherwise a user is a header of the
    /// request.
    pub user: Option<UserOption>,
    /// Whether the path is sent as it was written. Without this option, `curl` resolves `.` and `..`.
    pub path_as_is: bool,
    /// Options that change what `curl` sends and are not represented here, such as `--compressed`.
    pub ignored: Vec<String>,
    /// Where the text behind the command starts, if there is any. It was not read.
    pub rest: Option<Position>,
}

/// The value of `--aws-sigv4`: `provider1[:provider2[:region[:service]]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigV4Option {
    /// The first provider, such as `aws`.
    pub provider: String,
    /// The region, if it is named.
    pub region: Option<String>,
    /// The service, if it is named.
    pub service: Option<String>,
}

/// The value of `--user`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserOption {
    /// What comes before the first colon.
    pub name: String,
    /// What comes after it. `Debug` does not show it.
    pub password: String,
}

impl fmt::Debug for UserOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserOption").field("name", &self.name).finish_non_exhaustive()
    }
}

impl CurlCommand {
    /// Reads a `curl` command as it is pasted: with the quotes and line continuations of a POSIX
    /// shell, and a prompt (`$`) in front of it or not.
    ///
    /// `curl`'s manual says what its options do:
    /// <https://curl.se/docs/manpage.html>. An option that is not known, or that cannot be
    /// represented, is an error; nothing is ignored in silence.
    ///
    /// # Example
    ///
    /// This example takes the region and the service from the command.
    ///
    /// ```
    /// use countersign_cli::{CurlCommand, Inputs};
    ///
    /// let command = "curl -s --aws-sigv4 aws:amz:us-east-1:neptune-db https://db.example:8182/status";
    /// let command = CurlCommand::parse(command, &Inputs::default())?;
    /// let sigv4 = command.sigv4.unwrap();
    /// assert_eq!((sigv4.region.as_deref(), sigv4.service.as_deref()), (Some("us-east-1"), Some("neptune-db")));
    /// # Ok::<(), countersign_cli::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if:
    ///
    /// - a shell would not take the text as one command, or would have to run another for it;
    /// - the command is not `curl`, or sends no request or more than one;
    /// - an option is unknown, has no value, or sends what cannot be represented here;
    /// - the body is in a file that `inputs` does not give, or `inputs` gives one that is not read.
    pub fn parse(text: &str, inputs: &Inputs<'_>) -> Result<Self, ParseError> {
        // `curl.exe ^"https://…^"`: the quotes of Windows' command prompt.
        if text.contains("^\"") {
            return Err(ParseError::ForeignQuoting);
        }
        let shell::Words { words, rest } = shell::split(text, inputs.variables)?;
        let mut words = words.into_iter();
        let mut name = words.next().ok_or(ParseError::Empty)?;
        if name == b"$" || name == b"%" {
            name = words.next().ok_or(ParseError::Empty)?;
        }
        if name != b"curl" && !name.ends_with(b"/curl") {
            return Err(ParseError::NotCurl);
        }
        let mut settings = Settings::new(inputs.body_file);
        let mut only_urls = false;
        while let Some(word) = words.next() {
            match &*word {
                _ if only_urls => settings.urls.push(text_of(word, "URL")?),
                b"--" => only_urls = true,
                [b'-', b'-', ..] => settings.apply(&word, &[], &mut words)?,
                [b'-', letters @ ..] if !letters.is_empty() => {
                    settings.apply_letters(letters, &mut words)?;
                }
                _ => settings.urls.push(text_of(word, "URL")?),
            }
        }
        settings.finish(rest)
    }
}

fn text_of(bytes: Vec<u8>, part: &'static str) -> Result<String, ParseError> {
    String::from_utf8(bytes).map_err(|_| ParseError::NotUtf8 { part })
}
