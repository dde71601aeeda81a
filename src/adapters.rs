//! Other libraries' types: translated, handed inward, and translated back.

#[cfg(feature = "aws-config")]
pub mod aws_config;
#[cfg(feature = "cdrs-tokio")]
pub mod cdrs_tokio;
#[cfg(feature = "scylla")]
pub mod scylla;
