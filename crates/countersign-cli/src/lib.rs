//! Parsers of HTTP requests and responses as people have them at hand.
//!
//! This is the library part of the command `countersign`. It reads:
//!
//! - HTTP/1.1 requests and responses as they are sent ([`Request::parse`], [`Response::parse`]);
//! - `curl` commands as they are pasted from a shell or a browser ([`CurlCommand::parse`]);
//! - the output of `curl -v` ([`Exchange::parse`]);
//! - any of them, whichever it is ([`Input::parse`]).
//!
//! The parsers do no I/O. With `default-features = false` the crate has no dependency on the
//! operating system and builds for `wasm32-unknown-unknown`. Reading files, asking the environment
//! and signing are up to the caller; the command does them behind the feature `command`.
//!
//! # Example
//!
//! This example reads a command as it was pasted from a terminal.
//!
//! ```
//! use countersign_cli::{CurlCommand, Inputs};
//!
//! let pasted = r#"
//!     $ curl -H 'Content-Type: application/json' \
//!         https://db.example:8182/openCypher -d '{"query": "RETURN 1"}'
//! "#;
//! let command = CurlCommand::parse(pasted, &Inputs::default())?;
//! assert_eq!(command.request.method, "POST");
//! assert_eq!(command.request.target, "https://db.example:8182/openCypher");
//! assert_eq!(command.request.body, br#"{"query": "RETURN 1"}"#);
//! # Ok::<(), countersign_cli::ParseError>(())
//! ```
//!
//! # Secrets
//!
//! Requests hold signatures, tokens and passwords. No error of this crate contains a value of a
//! request, and `Debug` shows the names of headers without their values.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::alloc_instead_of_core,
        clippy::dbg_macro,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::std_instead_of_core,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
    )
)]

mod claimed_scope;
mod curl;
mod error;
mod input;
mod message;
mod request;
mod response;
pub mod shell;
mod url;
mod verbose;

pub use self::claimed_scope::ClaimedScope;
pub use self::curl::{CurlCommand, Inputs, SigV4Option, UserOption};
pub use self::error::{ParseError, Position};
pub use self::input::Input;
pub use self::request::Request;
pub use self::response::Response;
pub use self::url::UrlParts;
pub use self::verbose::Exchange;
