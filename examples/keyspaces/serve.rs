//! The test server for other clients, until the process is stopped.

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use countersign_testkit::example_keys;
use countersign_testkit::keyspaces::{Options, SERVER_NAME, Server};

use super::until_stopped::until_stopped;

/// Ports are those of 127.0.0.1; 0 is any that is free.
pub(crate) async fn run(
    port: u16,
    plain_text_port: Option<u16>,
    ca_file: Option<PathBuf>,
    out: &mut dyn Write,
) -> Result<u8, Box<dyn Error>> {
    let stopped = until_stopped()?;
    let mut options = Options::new().with_port(port).with_log(|login| {
        // An error means that nobody reads the lines any more, which is no reason to stop.
        let _ = writeln!(io::stdout(), "{login}");
    });
    if let Some(port) = plain_text_port {
        options = options.with_plain_text_port(port);
    }
    let server = Server::start_with(options)?;
    example_keys::all().into_iter().for_each(|key| server.add_key(key));
    server.add_user("alice", "secret");
    if let Some(file) = &ca_file {
        replace(file, server.authority_pem())
            .map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    let ca_file = ca_file.as_deref().unwrap_or_else(|| server.authority_file());
    write!(out, "TLS on {} for {SERVER_NAME}, CA in {}", server.address(), ca_file.display())?;
    if let Some(address) = server.plain_text_address() {
        write!(out, "; plain text on {address}")?;
    }
    writeln!(out)?;
    out.flush()?;
    stopped.await;
    Ok(0)
}

/// Writes a file, but never through a link that someone else has made.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}
