//! The platform's HTTP side: listens, routes, and runs periodic work; requests are handled in
//! [`super`].

mod admission;
mod booths;
mod people;
mod releases;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{Extension, Router, extract::State, http::StatusCode, middleware::from_fn_with_state};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    net::TcpStream,
    sync::{oneshot, watch},
    task::{JoinSet, spawn_blocking},
};

use super::{
    Platform, pages,
    problem::Problem,
    rates::{Place, address_name},
};
use crate::time::Wall;

pub(in crate::reference) use admission::{blocking, ticked};

/// Ends a running platform when dropped.
#[derive(Debug)]
pub struct Stopper(#[expect(dead_code, reason = "it acts by being dropped")] oneshot::Sender<()>);

/// Signals [`run`] to end.
#[derive(Debug)]
pub struct Stop(oneshot::Receiver<()>);

/// Creates the two ends of a stop signal.
pub fn stop_pair() -> (Stopper, Stop) {
    let (sender, receiver) = oneshot::channel::<()>();
    (Stopper(sender), Stop(receiver))
}

/// How long requests under way may take to finish.
const GRACE: Duration = Duration::from_secs(1);

/// How often deadlines are checked; orders that pay themselves are checked every second.
const ROUND: Duration = Duration::from_mins(1);

/// Pause after a connection could not be accepted, for example for lack of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Serves booths and people on `listener` until `stop`. Blocks, and owns its own runtime: the
/// caller gives it a thread.
pub fn run(platform: Arc<Platform>, listener: TcpListener, stop: Stop) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    platform.url.get_or_init(|| format!("http://{address}"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("reference")
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (ending, ended) = watch::channel(());
        tokio::spawn(keep_rounds(Arc::clone(&platform), ended.clone()));
        serve(platform, listener, stop, (ending, ended)).await;
        Ok(())
    });
    runtime.shutdown_timeout(GRACE);
    served
}

/// Accepts connections until `stop`, and lets open ones finish their requests.
async fn serve(
    platform: Arc<Platform>,
    listener: tokio::net::TcpListener,
    mut stop: Stop,
    (ending, ended): (watch::Sender<()>, watch::Receiver<()>),
) {
    let patience = platform.terms.patience;
    let router = router(Arc::clone(&platform));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // An error means that the stopper is gone, which is how it signals.
            _gone = &mut stop.0 => break,
        };
        // Connections that have ended are forgotten.
        while open.try_join_next().is_some() {}
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let peer = Peer::of(peer, &platform);
        // A caller without a place is hung up on at once: a waiting connection would take one more.
        let Some(place) = platform.connections.take(&peer.connection) else {
            continue;
        };
        let router = router.clone().layer(Extension(peer));
        let ended = ended.clone();
        open.spawn(converse(stream, router, patience, ended, place));
    }
    drop(ending);
    let all = async { while open.join_next().await.is_some() {} };
    drop(tokio::time::timeout(GRACE, all).await);
}

/// Serves one connection, request after request. HTTP/1.1 only: its heads have a deadline. Bodies
/// have theirs where they are read, and an answer that nobody reads ends with the kernel's
/// patience.
async fn converse(
    stream: TcpStream,
    router: Router,
    patience: Duration,
    mut ended: watch::Receiver<()>,
    _place: Place,
) {
    let in_ms = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    if rustix::net::sockopt::set_tcp_user_timeout(&stream, in_ms).is_err() {
        return;
    }
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    tokio::select! {
        // Errors here are the other side's: it hung up, or was too slow.
        _ended = connection.as_mut() => return,
        _going_down = ended.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    drop(connection.await);
}

/// Confirms what is past its deadline, deletes what is overdue, and pays what pays itself.
async fn keep_rounds(platform: Arc<Platform>, mut ended: watch::Receiver<()>) {
    let often = match platform.terms.pays_itself_after {
        Some(_) => Duration::from_secs(1),
        None => ROUND,
    };
    let mut rounds = tokio::time::interval(often);
    loop {
        tokio::select! {
            _due = rounds.tick() => {}
            _going_down = ended.changed() => return,
        }
        let platform = Arc::clone(&platform);
        let round = spawn_blocking(move || {
            let now = platform.now();
            platform.pay_due(now)?;
            platform.auto_confirm(now)?;
            platform.erase_due(now)
        });
        if let Ok(Err(why)) = round.await {
            tracing::error!("deadlines could not be checked: {why}");
        }
    }
}

/// Returns the time from the usual clock of a platform, in whole milliseconds like the rows.
#[expect(
    clippy::disallowed_methods,
    reason = "the platform is a program of its own, with its own clock"
)]
pub(super) fn system_clock() -> Wall {
    Wall::from_unix_ms(jiff::Timestamp::now().as_millisecond())
}

/// The other end of the connection.
#[derive(Clone)]
struct Peer {
    /// The name under which its connections are counted.
    connection: String,
    /// The name under which unsigned requests are counted; `None` for the proxy, which limits them
    /// itself.
    address: Option<String>,
}

impl Peer {
    fn of(peer: SocketAddr, platform: &Platform) -> Self {
        let address = address_name(peer.ip());
        let proxy = platform.terms.proxy.map(address_name);
        if proxy.as_ref() != Some(&address) {
            return Self {
                connection: address.clone(),
                address: Some(address),
            };
        }
        // Each connection of the proxy belongs to somebody else.
        Self {
            connection: peer.to_string(),
            address: None,
        }
    }
}

type Shared = Arc<Platform>;
pub(in crate::reference) type Served = State<Shared>;

fn router(platform: Shared) -> Router {
    let open = booths::unsigned()
        .merge(people::unsigned())
        .merge(pages::router())
        .route_layer(from_fn_with_state(
            Arc::clone(&platform),
            admission::by_address,
        ));
    booths::signed()
        .merge(people::signed())
        .merge(releases::signed())
        .merge(open)
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "no such path"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no such method here")
        })
        .with_state(platform)
}
