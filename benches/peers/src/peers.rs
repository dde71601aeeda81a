//! Other signers, each used in the cheapest way that its interface allows: what does not change from request to request is made
//! once.

pub(crate) mod aws_sign_v4;
pub(crate) mod aws_sigv4;
pub(crate) mod reqsign;
pub(crate) mod rusty_s3;
