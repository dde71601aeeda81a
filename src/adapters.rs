//! Other libraries' types: translated, handed inward, and translated back.

pub(crate) mod http;
