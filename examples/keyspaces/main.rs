//! Logs in to Amazon Keyspaces with IAM credentials and prints the rows of a query, by the driver scylla; or, without
//! arguments, logs in to a test server in this process, which verifies by countersign.
//!
//! ```sh
//! cargo run --example keyspaces --features scylla,aws-config    # needs nothing: rows, and two logins refused
//! cargo run --example keyspaces --features scylla,aws-config -- --region us-east-2
//! cargo run --example keyspaces --features scylla,aws-config -- serve --port 9142    # the test server, for other clients
//! ```

mod args;
pub(crate) mod client;
mod demo;
mod serve;
#[path = "../support/until_stopped.rs"]
mod until_stopped;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::{env, io};

use clap::Parser;
use countersign::aws_config::DefaultChain;
use countersign::keyspaces::KeyspacesSigner;
use countersign::scylla::{PasswordAuthenticator, SigV4Authenticator};
use countersign::{Credentials, RefreshingSigner};
use rustls::RootCertStore;

use self::args::{Arguments, Command, no_region, wrong};
use self::client::{Login, Node};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (out, err) = (&mut io::stdout(), &mut io::stderr());
    let world = World { env: &|name| env::var(name).ok(), roots: client::web_roots(), out, err };
    run(env::args_os().collect(), world).await.into()
}

/// What surrounds the program.
pub(crate) struct World<'a> {
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    /// The authorities whose certificates are trusted, where no file names others.
    pub(crate) roots: RootCertStore,
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
}

/// Returns the exit code: 1 if there are no rows, 2 for wrong arguments or a wrong environment.
pub(crate) async fn run(args: Vec<OsString>, mut world: World<'_>) -> u8 {
    let error = match dispatch(args, &mut world).await {
        Ok(code) => return code,
        Err(error) => error,
    };
    let (code, stream, mut text) = match error.downcast::<clap::Error>() {
        Ok(help) if !help.use_stderr() => (0, world.out, help.render().to_string()),
        Ok(wrong) => (2, world.err, wrong.render().to_string()),
        Err(error) => (1, world.err, format!("error: {error}\n")),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    // Where not even this can be written, the exit code must do.
    let _ = stream.write_all(text.as_bytes());
    code
}

async fn dispatch(args: Vec<OsString>, world: &mut World<'_>) -> Result<u8, Box<dyn Error>> {
    if args.len() < 2 {
        return demo::run(world.out).await;
    }
    let args = Arguments::try_parse_from(args)?;
    match args.command {
        Some(Command::Serve { port, plain_text_port, ca_file }) => {
            serve::run(port, plain_text_port, ca_file, world.out).await
        }
        None => query(&args.login, world).await,
    }
}

async fn query(args: &args::Login, world: &mut World<'_>) -> Result<u8, Box<dyn Error>> {
    let roots = match &args.ca_file {
        Some(file) => client::roots_of(file)?,
        None => world.roots.clone(),
    };
    let chain = DefaultChain::load().await;
    let variable = |name| (world.env)(name).filter(|value| !value.is_empty());
    let region = args.region.clone().or_else(|| variable("AWS_REGION"));
    let region = region.or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| chain.region().map(str::to_owned));
    let (host, name) = args.host(region.as_deref())?;
    let login = match &args.user {
        Some(user) => {
            let password = args.password.clone().or_else(|| variable("KEYSPACES_PASSWORD"));
            let password = password
                .ok_or_else(|| wrong("no password: set KEYSPACES_PASSWORD, or give --password"))?;
            Login::Password(PasswordAuthenticator::new(user, password).map_err(wrong)?)
        }
        None => {
            let region = region.ok_or_else(no_region)?;
            let to_signer = move |found| KeyspacesSigner::new(found, &*region);
            let signers = match explicit(args, variable)? {
                Some(credentials) => to_signer(credentials).into(),
                None => RefreshingSigner::start(chain, to_signer).await?,
            };
            Login::SigV4(SigV4Authenticator::new(signers))
        }
    };
    let node = Node { address: format!("{host}:{}", args.port), name, roots };
    let session = client::connect(node, login).await?;
    client::print(&session, &args.query, world.out).await?;
    Ok(0)
}

/// Those of the command line, or of the environment.
fn explicit(
    args: &args::Login,
    variable: impl Fn(&'static str) -> Option<String>,
) -> Result<Option<Credentials>, clap::Error> {
    match (&args.access_key_id, &args.secret_access_key) {
        (Some(id), Some(secret)) => {
            let token = args.session_token.as_deref().unwrap_or_default();
            Ok(Some(Credentials::new(id, secret).with_session_token(token)))
        }
        _ if variable("AWS_ACCESS_KEY_ID").is_none() => Ok(None),
        _ => Credentials::from_vars(variable).map(Some).map_err(wrong),
    }
}
