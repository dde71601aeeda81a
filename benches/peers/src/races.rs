//! The jobs, and who can do them.

mod core;
mod http;
mod key;
mod keyspaces;
mod presign;
mod verify;

use crate::options::Options;
use crate::race::Race;

/// Every race that is wanted, ready to be run. What takes part in one has been found to agree.
pub(crate) fn all(options: &Options, run: &mut dyn FnMut(Race<'_>)) {
    core::races(options, run);
    http::races(options, run);
    presign::races(options, run);
    keyspaces::races(options, run);
    verify::races(options, run);
    key::races(options, run);
}
