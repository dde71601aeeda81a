//! The test servers as a command.

use std::error::Error;
use std::io::{self, Write};

use clap::{Parser, Subcommand};
use countersign_testkit::{example_keys, keyspaces, neptune};

/// Runs a test server on the loopback interface until it is stopped.
///
/// It knows AWS's public example keys: AKIAIOSFODNN7EXAMPLE, and ASIAIOSFODNN7EXAMPLE with a session token. It prints where
/// it listens, and a line for each request or login.
#[derive(Parser)]
#[command(name = "countersign-testkit", version)]
struct Arguments {
    #[command(subcommand)]
    server: Server,
}

#[derive(Subcommand)]
enum Server {
    /// A server for clients of Amazon Neptune, over plain HTTP.
    Neptune {
        /// The port; 0 is any that is free.
        #[arg(long, default_value_t = 8182)]
        port: u16,
        /// The region that requests are signed for.
        #[arg(long, default_value = "us-east-1")]
        region: String,
    },
    /// A server for clients of Amazon Keyspaces. It also knows the user alice, whose password is secret.
    Keyspaces {
        /// The port for TLS; 0 is any that is free.
        #[arg(long, default_value_t = 9142)]
        port: u16,
        /// A port for clients without TLS, too.
        #[arg(long, value_name = "PORT")]
        plain_text_port: Option<u16>,
        /// The region that logins are signed for.
        #[arg(long, default_value = "us-east-2")]
        region: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Arguments::parse().server;
    let stopped = stopped()?;
    match server {
        Server::Neptune { port, region } => {
            let options = neptune::Options::new().with_port(port).with_region(region);
            let server = neptune::Server::start_with(options.with_log(print_line))?;
            example_keys::all().into_iter().for_each(|key| server.add_key(key));
            print_line(server.url());
            stopped.await;
        }
        Server::Keyspaces { port, plain_text_port, region } => {
            let mut options = keyspaces::Options::new().with_port(port).with_region(region);
            if let Some(port) = plain_text_port {
                options = options.with_plain_text_port(port);
            }
            let server = keyspaces::Server::start_with(options.with_log(print_line))?;
            example_keys::all().into_iter().for_each(|key| server.add_key(key));
            server.add_user("alice", "secret");
            let authority = server.authority_file().display();
            let name = keyspaces::SERVER_NAME;
            let mut line = format!("TLS on {} for {name}, CA in {authority}", server.address());
            if let Some(address) = server.plain_text_address() {
                line += &format!("; plain text on {address}");
            }
            print_line(&line);
            stopped.await;
        }
    }
    Ok(())
}

/// Prints a line. An error means that nobody reads the lines any more, which is no reason to stop.
fn print_line(line: &(impl ToString + ?Sized)) {
    let _ = writeln!(io::stdout(), "{}", line.to_string());
}

/// Returns a future that ends when the user or the operating system asks the process to stop, so that the server is dropped. From
/// the call on, such a request does not end the process by itself.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
