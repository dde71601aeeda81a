//! What each fuzz target is given, and what must hold of it: a file a target. Tests replay them without a fuzzer.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "each type is one target's input, and tests include this file"
)]

#[path = "../../tests/support/both.rs"]
mod both;
#[path = "../../tests/support/reference.rs"]
mod reference;
#[path = "../../tests/support/sent.rs"]
mod sent;

pub mod authorization;
pub mod canonical;
pub mod explain;
pub mod headers;
pub mod http;
pub mod keyspaces;
pub mod path;
pub mod query;
pub mod round_trip;

mod how;
