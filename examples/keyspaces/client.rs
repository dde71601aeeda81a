//! The driver scylla, logged in.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use countersign::scylla::{PasswordAuthenticator, SigV4Authenticator, tls_config};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use scylla::authentication::AuthenticatorProvider;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::value::{CqlValue, Row};

/// Where to connect.
pub(crate) struct Node {
    /// A host name or an address, and a port.
    pub(crate) address: String,
    /// The name in its certificate.
    pub(crate) name: String,
    /// The authorities that may have signed it.
    pub(crate) roots: RootCertStore,
}

/// As who.
pub(crate) enum Login {
    Password(PasswordAuthenticator),
    SigV4(SigV4Authenticator),
}

pub(crate) async fn connect(node: Node, login: Login) -> Result<Session, Box<dyn Error>> {
    let authenticator: Arc<dyn AuthenticatorProvider> = match login {
        Login::Password(authenticator) => Arc::new(authenticator),
        Login::SigV4(authenticator) => Arc::new(authenticator),
    };
    let tls = tls_config(&node.name, node.roots, Arc::new(ring::default_provider()))?;
    let session = SessionBuilder::new()
        .known_node(&node.address)
        .tls_context(Some(tls))
        .authenticator_provider(authenticator)
        // Rows are all that is asked for here.
        .fetch_schema_metadata(false)
        .build()
        .await;
    session.map_err(|error| format!("no login at {}: {error}", node.address).into())
}

/// Prints a line with the names of the columns, and one for each row.
pub(crate) async fn print(
    session: &Session,
    query: &str,
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let result = session.query_unpaged(query, ()).await?.into_rows_result()?;
    let names = result.column_specs().iter().map(|column| column.name().to_owned()).collect();
    let mut table: Vec<Vec<String>> = vec![names];
    for row in result.rows::<Row>()? {
        table.push(row?.columns.iter().map(|value| cell(value.as_ref())).collect());
    }
    let width = |at: usize| table.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table[0].len()).map(width).collect();
    for row in &table {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// Without what a terminal would obey.
fn cell(value: Option<&CqlValue>) -> String {
    let text = match value {
        None => "null".to_owned(),
        Some(CqlValue::Text(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}

/// The authorities that browsers trust, Amazon's among them.
pub(crate) fn web_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// The authorities in a PEM file.
pub(crate) fn roots_of(file: &Path) -> Result<RootCertStore, Box<dyn Error>> {
    let of_file = |error: &dyn Error| format!("cannot read {}: {error}", file.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| of_file(&error))? {
        roots
            .add(certificate.map_err(|error| of_file(&error))?)
            .map_err(|error| of_file(&error))?;
    }
    if roots.is_empty() {
        return Err(format!("{} holds no certificate", file.display()).into());
    }
    Ok(roots)
}
