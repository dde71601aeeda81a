//! The options of the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::signing::{MAX_EXPIRES, Timestamp};

/// Signs, presigns and verifies AWS requests (Signature Version 4). Sends nothing.
#[derive(Parser)]
#[command(name = "countersign", version, about, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit status: 0; 1 if a request cannot be signed or is not verified; 2 for wrong options, input that \
cannot be read, and missing credentials.";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the headers that sign a request
    Sign(Sign),
    /// Print a URL that others can use without credentials until it expires
    Presign(Presign),
    /// Check the signature of a request with the secret access key
    Verify(Verify),
    /// Print the completions for a shell
    #[command(hide = true)]
    Completions { shell: Shell },
    /// Print the manual page of the command, or of one of its subcommands
    #[command(hide = true)]
    Man { command: Option<String> },
}

#[derive(Args)]
#[command(override_usage = "countersign sign [OPTIONS] [METHOD] URL
       countersign sign [OPTIONS] --request FILE")]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) signing: SigningArgs,
    /// Print the canonical request and the string to sign instead
    #[arg(long)]
    pub(crate) stages: bool,
    /// Print a curl command that sends the signed request instead
    #[arg(long, conflicts_with = "stages")]
    pub(crate) curl: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args)]
#[command(override_usage = "countersign presign [OPTIONS] [METHOD] URL
       countersign presign [OPTIONS] --request FILE")]
pub(crate) struct Presign {
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    /// How long the URL is valid, at most 604800 (7 days)
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_EXPIRES.as_secs().cast_signed()))]
    pub(crate) expires: u32,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) signing: SigningArgs,
    /// Print the canonical request and the string to sign instead
    #[arg(long)]
    pub(crate) stages: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args)]
#[command(override_usage = "countersign verify [OPTIONS] --request FILE
       countersign verify [OPTIONS] [METHOD] URL")]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    /// The time to check the signature at, or "signed" for the time that the request names [default:
    /// now]
    #[arg(long, value_name = "TIME")]
    pub(crate) time: Option<String>,
    /// By how much the clock of the signer may differ [default: 15 for S3, otherwise 5]
    #[arg(long, value_name = "MINUTES")]
    pub(crate) skew: Option<u32>,
    /// Also print the canonical request, the string to sign and the signature that is expected.
    /// Whoever reads it can send the request
    #[arg(long)]
    pub(crate) stages: bool,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// The request.
#[derive(Args)]
pub(crate) struct RequestArgs {
    /// The method (GET, or with data POST, if it is left out) and the URL, percent-encoded as it is
    /// to be sent
    #[arg(num_args = 0..=2, value_names = ["METHOD", "URL"], help_heading = "Request")]
    #[arg(required_unless_present = "request")]
    pub(crate) words: Vec<String>,
    /// A file that has the request: as HTTP/1.1, a curl command, or the output of curl -v. "-" is
    /// standard input
    #[arg(long, value_name = "FILE", help_heading = "Request")]
    #[arg(conflicts_with_all = ["words", "headers", "data"])]
    pub(crate) request: Option<PathBuf>,
    /// A header, any number of times; "Name;" for an empty value
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", help_heading = "Request")]
    #[arg(value_parser = parse_header, allow_hyphen_values = true)]
    pub(crate) headers: Vec<(String, String)>,
    /// The body. No Content-Type is added
    #[arg(short, long, value_name = "TEXT", help_heading = "Request")]
    #[arg(allow_hyphen_values = true, conflicts_with = "data_file")]
    pub(crate) data: Option<String>,
    /// A file that is the body, with every byte of it. "-" is standard input
    #[arg(long, value_name = "FILE", help_heading = "Request")]
    pub(crate) data_file: Option<PathBuf>,
    /// The scheme of a request that is not given as a URL
    #[arg(long, value_name = "SCHEME", default_value = "https", help_heading = "Request")]
    pub(crate) scheme: String,
}

/// Whose signature, for what.
#[derive(Args)]
pub(crate) struct ScopeArgs {
    /// The region [default: of curl's --aws-sigv4, of AWS_REGION or AWS_DEFAULT_REGION, of the
    /// profile; to verify, of the request]
    #[arg(long, help_heading = "Signature")]
    pub(crate) region: Option<String>,
    /// The signing name of the service, such as neptune-db [default: of curl's --aws-sigv4, of the
    /// style; to verify, of the request]
    #[arg(long, help_heading = "Signature")]
    pub(crate) service: Option<String>,
    /// How the service wants its requests signed [default: by the service's name]
    #[arg(long, help_heading = "Signature")]
    pub(crate) style: Option<Style>,
    /// Whether the session token is signed [default: as the style has it]
    #[arg(long, value_name = "POLICY", help_heading = "Signature")]
    pub(crate) session_token: Option<TokenPolicy>,
    /// The profile of AWS's configuration to take credentials from
    #[cfg(feature = "aws-config")]
    #[arg(long, value_name = "NAME", help_heading = "Signature")]
    pub(crate) profile: Option<String>,
}

impl ScopeArgs {
    pub(crate) fn profile(&self) -> Option<&str> {
        #[cfg(feature = "aws-config")]
        return self.profile.as_deref();
        #[cfg(not(feature = "aws-config"))]
        None
    }
}

/// What only a signer decides.
#[derive(Args)]
pub(crate) struct SigningArgs {
    /// Sign UNSIGNED-PAYLOAD in place of the hash of the body
    #[arg(long, help_heading = "Signature")]
    pub(crate) unsigned_payload: bool,
    /// The time to sign at, such as 20150830T123600Z [default: now]
    #[arg(long, help_heading = "Signature")]
    pub(crate) time: Option<Timestamp>,
    /// Remove a signature that the request already has
    #[arg(long, help_heading = "Request")]
    pub(crate) strip: bool,
}

#[derive(Args)]
pub(crate) struct OutputArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A set of rules for signing.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    /// Nearly all services
    Default,
    /// IoT: the session token is not signed
    Iot,
    /// OpenSearch Serverless (aoss): the payload's hash is sent, Content-Length is not signed
    OpensearchServerless,
    /// S3: the path is signed as it is, the payload's hash is sent
    S3,
    /// S3 Express One Zone: as S3, with a session token of its own name
    S3Express,
    /// VPC Lattice: the payload is not signed
    VpcLattice,
}

impl Style {
    /// The style of a service by its signing name.
    pub(crate) fn of_service(service: &str) -> Self {
        match service {
            "aoss" => Self::OpensearchServerless,
            "iotdata" | "iotdevicegateway" => Self::Iot,
            "s3" | "s3-object-lambda" | "s3-outposts" => Self::S3,
            "s3express" => Self::S3Express,
            "vpc-lattice-svcs" => Self::VpcLattice,
            _ => Self::Default,
        }
    }

    /// The signing name of the service that has this style, if there is one such service.
    pub(crate) fn service(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::Iot => Some("iotdevicegateway"),
            Self::OpensearchServerless => Some("aoss"),
            Self::S3 => Some("s3"),
            Self::S3Express => Some("s3express"),
            Self::VpcLattice => Some("vpc-lattice-svcs"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenPolicy {
    Signed,
    Unsigned,
}

fn parse_header(line: &str) -> Result<(String, String), &'static str> {
    let empty = line.strip_suffix(';').map(|name| (name, ""));
    let (name, value) = line.split_once(':').or(empty).ok_or("expected \"Name: value\"")?;
    Ok((name.into(), value.trim().into()))
}
