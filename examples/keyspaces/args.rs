//! The command line.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, Parser, Subcommand};
use countersign::keyspaces::{self, PORT};

/// Logs in to Amazon Keyspaces, with IAM credentials or a password, and prints the rows of a query; without arguments, shows
/// how that goes with a test server on this machine.
///
/// Unless keys or a user are given, credentials come from AWS's default chain: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
/// AWS_SESSION_TOKEN in the environment, a profile, web identity, ECS, EC2.
#[derive(Debug, Parser)]
#[command(name = "keyspaces", args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) login: Login,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a test server on 127.0.0.1, in the region us-east-2, which knows AWS's public example credentials, and the user
    /// alice, whose password is secret.
    Serve {
        #[arg(long, default_value_t = PORT, help = "For TLS; 0 for any that is free")]
        port: u16,
        #[arg(long, value_name = "PORT", help = "For clients without TLS, too")]
        plain_text_port: Option<u16>,
        #[arg(long, value_name = "FILE")]
        #[arg(help = "Where to write the authority to trust, instead of a temporary file")]
        ca_file: Option<PathBuf>,
    },
}

/// Where to log in, and as who.
#[derive(Args, Debug)]
pub(crate) struct Login {
    #[arg(long, help = "Otherwise that of AWS_REGION, AWS_DEFAULT_REGION or the profile")]
    pub(crate) region: Option<String>,
    #[arg(long, value_name = "HOST", help = "Otherwise the region's own")]
    endpoint: Option<String>,
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
    #[arg(long, value_name = "NAME")]
    #[arg(help = "The name in the endpoint's certificate, where it is another")]
    server_name: Option<String>,
    #[arg(long, value_name = "FILE")]
    #[arg(help = "Trusts the authorities in this PEM file instead of those that browsers do")]
    pub(crate) ca_file: Option<PathBuf>,
    #[arg(long, value_name = "ID", requires = "secret_access_key")]
    pub(crate) access_key_id: Option<String>,
    #[arg(long, value_name = "SECRET", requires = "access_key_id", allow_hyphen_values = true)]
    #[arg(help = "Whoever can list this machine's processes can read it: prefer the environment")]
    pub(crate) secret_access_key: Option<String>,
    #[arg(long, value_name = "TOKEN", requires = "access_key_id", allow_hyphen_values = true)]
    pub(crate) session_token: Option<String>,
    #[arg(long, conflicts_with = "access_key_id")]
    #[arg(
        help = "The user of service-specific credentials, whose password is in KEYSPACES_PASSWORD"
    )]
    pub(crate) user: Option<String>,
    #[arg(long, requires = "user", allow_hyphen_values = true)]
    #[arg(help = "The password itself; prefer the environment")]
    pub(crate) password: Option<String>,
    #[arg(long, value_name = "CQL", default_value = "select * from system_schema.keyspaces")]
    pub(crate) query: String,
}

impl Login {
    /// The host to connect to, and the name in its certificate.
    pub(crate) fn host(&self, region: Option<&str>) -> Result<(String, String), clap::Error> {
        let host = match (&self.endpoint, region) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(region)) => keyspaces::endpoint(region).map_err(wrong)?,
            (None, None) => return Err(no_region()),
        };
        let name = self.server_name.clone().unwrap_or_else(|| host.clone());
        Ok((host, name))
    }
}

pub(crate) fn no_region() -> clap::Error {
    wrong("no region: give --region, or set AWS_REGION, AWS_DEFAULT_REGION or that of a profile")
}

/// An error that shows the usage, as clap's own do.
pub(crate) fn wrong(reason: impl ToString) -> clap::Error {
    let mut command = Arguments::command();
    let usage = ContextValue::StyledStr(command.render_usage());
    let mut error = command.error(ErrorKind::ValueValidation, reason.to_string());
    error.insert(ContextKind::Usage, usage);
    error
}

const EXAMPLES: &str = "Examples:
  keyspaces --region us-east-2
  keyspaces --region us-east-2 --user alice-at-111122223333
  keyspaces --region us-east-2 --endpoint vpce-1.cassandra.us-east-2.vpce.amazonaws.com --server-name cassandra.us-east-2.amazonaws.com
  keyspaces serve --port 9142 --plain-text-port 9042
  keyspaces --region us-east-2 --endpoint 127.0.0.1 --server-name localhost --ca-file FILE    # that serve has named";
