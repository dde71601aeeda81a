#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    warn(
        clippy::dbg_macro,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::print_stderr,
        clippy::print_stdout,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(any(feature = "keyspaces", feature = "neptune"))]
mod access_keys;
pub mod example_keys;
#[cfg(any(feature = "keyspaces", feature = "neptune"))]
mod journal;
#[cfg(feature = "keyspaces")]
pub mod keyspaces;
#[cfg(feature = "neptune")]
pub mod neptune;
#[cfg(any(feature = "keyspaces", feature = "neptune"))]
mod server_thread;

/// The credentials that a server verifies with.
pub use countersign::Credentials;

#[cfg(any(feature = "keyspaces", feature = "neptune"))]
pub use self::journal::Verdict;
