//! A stand-in for Amazon Keyspaces, for other clients: the port for TLS, then, if wanted, the one for plain text.

mod certificate;
mod serve;
pub(crate) mod stand_in;

use std::{env, error, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn error::Error>> {
    let mut ports = env::args().skip(1).map(|port| port.parse());
    let port = ports.next().ok_or("there is no port")??;
    serve::run(port, ports.next().transpose()?, None, &mut io::stdout()).await?;
    Ok(())
}
