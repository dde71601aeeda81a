//! Why a text could not be parsed.

use core::fmt;

/// The reason why a text could not be parsed.
///
/// An error names what was wrong and where: the option, the header, or the position in the text. It
/// never contains a value of the request, because values can be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The body of a `curl` command is in a file.
    #[error(
        "{option} reads the body from a file, which is not read here: \
         give its content separately (the command countersign takes --data-file FILE)"
    )]
    BodyInFile {
        /// The option, as it was written.
        option: String,
    },
    /// `Transfer-Encoding` is `chunked`, but the body is not.
    #[error("header Transfer-Encoding says chunked, but the body is not: remove the header")]
    BodyNotChunked,
    /// The body is shorter than its `Content-Length`.
    #[error("header Content-Length says {expected} bytes of body, but {found} follow")]
    BodyTooShort {
        /// What the header says.
        expected: usize,
        /// The number of bytes that follow the head.
        found: usize,
    },
    /// A backquote or `$(…)`, whose value only a shell can compute.
    #[error("command substitution at {at}: put its output in its place")]
    CommandSubstitution {
        /// Where it starts.
        at: Position,
    },
    /// Two options that `curl` does not take together.
    #[error("{first} and {second} exclude each other")]
    ConflictingOptions {
        /// One of the options.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// There is nothing to parse.
    #[error("there is no request: the text is empty")]
    Empty,
    /// An option of a `curl` command reads a file.
    #[error("{option} reads a file, which is not read here: write its content in the command")]
    FileNotRead {
        /// The option, as it was written.
        option: String,
    },
    /// The command is written for Windows' command prompt.
    #[error("this command is quoted for Windows: choose \"Copy as cURL (bash)\" in the browser")]
    ForeignQuoting,
    /// The value of `Content-Length` is not a number.
    #[error("header Content-Length is not a number")]
    InvalidContentLength,
    /// A line of a head is not `Name: value`.
    #[error("line {line} is not a header: expected \"Name: value\"")]
    InvalidHeader {
        /// The number of the line, from 1.
        line: usize,
    },
    /// A value of an option is not of the form that the option takes.
    #[error("invalid value of {option}: expected {expected}")]
    InvalidOptionValue {
        /// The option, as it was written.
        option: String,
        /// What the value should look like.
        expected: &'static str,
    },
    /// The first line is not a request line.
    #[error("line {line} is not a request line: expected \"METHOD TARGET HTTP/1.1\"")]
    InvalidRequestLine {
        /// The number of the line, from 1.
        line: usize,
    },
    /// The first line is not a status line.
    #[error("line {line} is not a status line: expected \"HTTP/1.1 403 Forbidden\"")]
    InvalidStatusLine {
        /// The number of the line, from 1.
        line: usize,
    },
    /// An option of a `curl` command has no value.
    #[error("{option} needs a value")]
    MissingOptionValue {
        /// The option, as it was written.
        option: String,
    },
    /// `curl -v` output without a line of a request.
    #[error("the output of curl -v has no request line: expected a line like \"> GET / HTTP/1.1\"")]
    MissingRequest,
    /// A `curl` command without a URL.
    #[error("the curl command has no URL")]
    MissingUrl,
    /// A `curl` command with several URLs, each of which is a request.
    #[error("the curl command has more than one URL: leave the one that is to be signed")]
    MultipleUrls,
    /// The command is not `curl`.
    #[error("the command does not start with \"curl\"")]
    NotCurl,
    /// The text, or a part that has to be text, is not UTF-8.
    #[error("the {part} is not UTF-8")]
    NotUtf8 {
        /// The part, such as `request line`.
        part: &'static str,
    },
    /// A shell variable without a value. Its name is left out: in a password with a `$`, it is a part
    /// of the password.
    #[error("shell variable at {at} has no value here: put its value in its place")]
    UnknownVariable {
        /// Where it stands.
        at: Position,
    },
    /// A character that means something to a shell where it is not quoted.
    #[error("unquoted '{character}' at {at}: quote the argument, as a shell would need it")]
    Unquoted {
        /// The character.
        character: char,
        /// Where it stands.
        at: Position,
    },
    /// An option that this parser does not know.
    #[error("unknown curl option {option}: remove it and its value from the command")]
    UnknownOption {
        /// The option, as it was written.
        option: String,
    },
    /// An option that this parser knows and cannot represent.
    #[error("cannot sign what curl sends with {option}: {reason}")]
    UnsupportedOption {
        /// The option, as it was written.
        option: String,
        /// Why not.
        reason: &'static str,
    },
    /// A quote without its end.
    #[error("the quote {quote} at {at} is not closed")]
    UnterminatedQuote {
        /// The quote, such as `'`.
        quote: &'static str,
        /// Where it starts.
        at: Position,
    },
    /// A body was given for a `curl` command that does not read its body from a file.
    #[error("the curl command reads no body from a file, so none can be given separately")]
    UnusedBody,
    /// A URL in which `curl` would expand `{}` or `[]` to several URLs.
    #[error("curl expands {{}} and [] in a URL: add --globoff to send them as they are")]
    UrlGlob,
}

/// A position in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The number of the line, from 1.
    pub line: usize,
    /// The number of the byte in the line, from 1.
    pub column: usize,
}

impl Position {
    /// The position of the byte at `offset`.
    pub(crate) fn of_offset(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let mut lines = before.split(|byte| *byte == b'\n').rev();
        let column = lines.next().map_or(0, <[u8]>::len) + 1;
        Self { line: lines.count() + 1, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
