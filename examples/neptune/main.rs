//! Talks to Amazon Neptune in signed requests: status, Gremlin, SPARQL, openCypher and the bulk loader, from the command
//! line; or, without arguments, to a test server in this process, which is a SPARQL database behind countersign's verifier.
//!
//! ```sh
//! cargo run --example neptune    # needs nothing: shows data coming back, and a forged request refused
//! cargo run --example neptune -- --host db.example --query-type sparql --data 'SELECT * { ?s ?p ?o } LIMIT 10'
//! cargo run --example neptune -- serve --port 8182    # the test server, for other clients
//! ```

mod args;
pub(crate) mod call;
pub(crate) mod client;
mod demo;
#[path = "../support/until_stopped.rs"]
mod until_stopped;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::{env, io};

use clap::Parser;
use countersign::Signer;
use countersign_testkit::example_keys;
use countersign_testkit::neptune::{Options, Server};
use rustls::RootCertStore;

use self::args::{Arguments, Call, Command, wrong};
use self::client::Client;
use self::until_stopped::until_stopped;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (out, err) = (&mut io::stdout(), &mut io::stderr());
    let world = World { env: &|name| env::var(name).ok(), roots: client::web_roots(), out, err };
    run(env::args_os().collect(), world).await.into()
}

/// What surrounds the program.
pub(crate) struct World<'a> {
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    /// The authorities whose certificates are trusted.
    pub(crate) roots: RootCertStore,
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
}

/// Returns the exit code: 1 if there is no good answer, 2 for wrong arguments or a wrong environment.
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
    match (args.command, args.call) {
        (Some(Command::Serve { port }), _) => serve(port, world).await,
        (None, Some(call)) => one_call(&call, world).await,
        (None, None) => Err(wrong("there is neither a host nor a command").into()),
    }
}

async fn one_call(call: &Call, world: &mut World<'_>) -> Result<u8, Box<dyn Error>> {
    let request = call.request()?;
    let signer = Signer::neptune_from_vars(|name| (world.env)(name)).map_err(wrong)?;
    let client = Client::new(world.roots.clone())?;
    let (answer, signed_at) = call::send(&client, &signer, &request).await?;
    let explained = |answer: &_| call::explain(&signer, &request, signed_at, answer);
    let secrets = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map(|name| (world.env)(name));
    let secrets: Vec<String> = secrets.into_iter().flatten().collect();
    let is_good = call::report(&answer, explained, &secrets, (world.out, world.err))?;
    Ok(if is_good { 0 } else { 1 })
}

/// Runs the test server until the process is stopped.
async fn serve(port: u16, world: &mut World<'_>) -> Result<u8, Box<dyn Error>> {
    let stopped = until_stopped()?;
    let server = Server::start_with(Options::new().with_port(port).with_log(|request| {
        // An error means that nobody reads the lines any more, which is no reason to stop.
        let _ = writeln!(io::stdout(), "{request}");
    }))?;
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    writeln!(world.out, "{}", server.url())?;
    world.out.flush()?;
    stopped.await;
    Ok(0)
}
