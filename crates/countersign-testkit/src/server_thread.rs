//! The thread on which a server runs.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdTcpListener};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// A server with a thread and a runtime of its own.
///
/// A server on the caller's runtime would stand still while a test blocks that runtime, for example in a client without
/// `async`, and it would stop only when the runtime gets around to it. When this is dropped, the server's tasks, sockets and
/// thread are gone.
#[derive(Debug)]
pub(crate) struct ServerThread {
    /// The server runs until this is dropped.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl ServerThread {
    /// Starts `serve`, which runs within the new runtime.
    pub(crate) fn start<F: Future<Output = ()>>(
        name: &str,
        serve: impl FnOnce() -> F + Send + 'static,
    ) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = serve() => {}
                }
            });
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // An error is a panic, which has printed its message.
            let _ = thread.join();
        }
    }
}

/// A socket that listens on the loopback interface.
pub(crate) struct Listener {
    socket: StdTcpListener,
    pub(crate) address: SocketAddr,
}

impl Listener {
    /// Listens on a port; 0 is any that is free.
    pub(crate) fn bind(port: u16) -> io::Result<Self> {
        let bind = || {
            let socket = StdTcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            socket.set_nonblocking(true)?;
            let address = socket.local_addr()?;
            Ok(Self { socket, address })
        };
        bind().map_err(|error: io::Error| {
            io::Error::new(error.kind(), format!("cannot listen on port {port}: {error}"))
        })
    }

    /// Serves every client, at most `limit` of them at once. Others wait until one has gone.
    pub(crate) async fn serve<F: Future<Output = ()> + Send + 'static>(
        self,
        limit: usize,
        serve: impl Fn(TcpStream) -> F,
    ) {
        let Ok(listener) = TcpListener::from_std(self.socket) else { return };
        let mut connections = JoinSet::new();
        loop {
            while connections.len() >= limit.max(1) {
                connections.join_next().await;
            }
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        // Without this, a small answer waits until the client confirms the one before it.
                        let _ = stream.set_nodelay(true);
                        connections.spawn(serve(stream));
                    }
                    // Most likely the process has no file descriptor left. Some will be free later.
                    Err(_) => sleep(Duration::from_millis(100)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }
}
