//! The stand-in for other clients, until the process ends.

use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use tokio::net::TcpListener;

use super::certificate::{Certificate, NAME};
use super::stand_in::StandIn;

/// Ports of 127.0.0.1; 0 is any that is free.
pub(crate) async fn run(
    port: u16,
    plain_text_port: Option<u16>,
    ca_file: Option<PathBuf>,
    out: &mut dyn Write,
) -> Result<u8, Box<dyn Error>> {
    let stand_in = StandIn::new(|line| {
        // Whoever closed the log wants none; the answers are worth more.
        let _ = writeln!(io::stdout(), "{line}");
    });
    let certificate = Certificate::make()?;
    let (listener, address) = listen(port).await?;
    let plain_text = match plain_text_port {
        Some(port) => Some(listen(port).await?),
        None => None,
    };
    let ca_file = ca_file.unwrap_or_else(of_this_process);
    write_anew(&ca_file, &certificate.authority_pem)
        .map_err(|error| format!("cannot write {}: {error}", ca_file.display()))?;
    write!(out, "TLS on {address} for {NAME}, CA in {}", ca_file.display())?;
    if let Some((_, address)) = &plain_text {
        write!(out, "; plain text on {address}")?;
    }
    writeln!(out)?;
    out.flush()?;

    let over_tls = stand_in.clone().serve(listener, Some(certificate.acceptor));
    match plain_text {
        Some((listener, _)) => {
            tokio::join!(over_tls, stand_in.serve(listener, None));
        }
        None => over_tls.await,
    }
    Ok(0)
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on port {port}: {error}"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn of_this_process() -> PathBuf {
    env::temp_dir().join(format!("countersign-keyspaces-ca-{}.pem", process::id()))
}

/// Never through a link that someone else has laid.
fn write_anew(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}
