//! HTTP/1.1 on one connection.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_io_timeout::TimeoutStream;
use tower::Service;

use super::limits::Limits;

/// Exists as long as the connection is in use, by HTTP or by a WebSocket that took its place.
#[derive(Clone)]
pub(crate) struct Open(
    #[allow(dead_code, reason = "dropping it is what counts")] mpsc::Sender<Infallible>,
);

/// Serves one client until it goes.
pub(crate) async fn serve(stream: TcpStream, router: Router, limits: Arc<Limits>) {
    let (open, mut in_use) = mpsc::channel(1);
    let open = Open(open);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(open.clone());
        router.clone().call(request.map(Body::new))
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.body_time));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    // An error is that of a client that went away or does not speak HTTP.
    let _ = connection.await;
    let _ = in_use.recv().await;
}

/// What hyper takes, so that most heads that are too large get an answer in Neptune's words.
const MAX_HEADERS: usize = 256;
const MAX_HEAD_BYTES: usize = 256 << 10;
