//! One PostgREST per stack, on a Unix socket in a folder that only its user can enter.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::body::{Body, Incoming};
use tokio::time::{Instant, sleep};

use crate::error::Result;
use crate::keys::Keys;
use crate::postgres::Server;
use crate::socket;
use crate::user::User;
use crate::watchdog::{Guarded, Server as Run};

const START: Duration = Duration::from_secs(60);
/// With its listener five connections, so that some fifteen stacks fit into one Postgres.
const POOL: u32 = 5;

/// What is exposed, and how.
#[derive(Clone, Debug)]
pub(crate) struct Exposed {
    pub(crate) schemas: Vec<String>,
    pub(crate) extra_search_path: Vec<String>,
    pub(crate) max_rows: Option<u32>,
}

/// Starts PostgREST on `database` and waits until it has read the schema.
pub(crate) async fn start(
    program: &Path,
    user: User,
    server: &Server,
    database: &str,
    exposed: &Exposed,
    keys: &Keys,
) -> Result<(Guarded, PathBuf)> {
    let folder = server.folder();
    let socket = folder.join(format!("{database}.rest"));
    let uri = format!(
        "host='{}' port={} user=authenticator dbname={database}",
        folder
            .display()
            .to_string()
            .replace('\\', "\\\\")
            .replace('\'', "\\'"),
        server.port()
    );
    let mut environment = vec![
        ("PGRST_DB_URI", uri),
        ("PGRST_DB_SCHEMAS", exposed.schemas.join(",")),
        (
            "PGRST_DB_EXTRA_SEARCH_PATH",
            exposed.extra_search_path.join(","),
        ),
        ("PGRST_DB_ANON_ROLE", "anon".to_owned()),
        ("PGRST_DB_POOL", POOL.to_string()),
        ("PGRST_DB_AGGREGATES_ENABLED", "true".to_owned()),
        ("PGRST_DB_PLAN_ENABLED", "true".to_owned()),
        ("PGRST_DB_TX_END", "commit-allow-override".to_owned()),
        ("PGRST_JWT_SECRET", keys.jwt_secret.clone()),
        ("PGRST_SERVER_UNIX_SOCKET", socket.display().to_string()),
        ("PGRST_LOG_LEVEL", "warn".to_owned()),
    ];
    if let Some(rows) = exposed.max_rows {
        environment.push(("PGRST_DB_MAX_ROWS", rows.to_string()));
    }
    let run = Run {
        name: "PostgREST",
        program,
        arguments: Vec::new(),
        environment: environment
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect(),
        signal: "KILL",
        log: Some(&folder.join(format!("{database}.rest.log"))),
        remove: None,
        work_folder: folder,
    };
    let mut process = Guarded::start(run, user).await?;
    let started = Instant::now();
    loop {
        process.check()?;
        if is_ready(&socket).await {
            return Ok((process, socket));
        }
        if started.elapsed() > START {
            return Err(process.failure("was not ready within a minute"));
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// It answers 503 until the schema cache is there, then 404 for a table that no schema holds.
async fn is_ready(socket: &Path) -> bool {
    let request = Request::head("/supabase_local_readiness")
        .header(http::header::HOST, "localhost")
        .body(Empty::<Bytes>::new());
    let Ok(request) = request else { return false };
    match send(socket, request).await {
        Ok(response) => response.status() != StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => false,
    }
}

/// One request to the PostgREST that listens there.
pub(crate) async fn send<B>(
    socket: &Path,
    request: Request<B>,
) -> Result<Response<Incoming>, Box<dyn std::error::Error + Send + Sync>>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let stream = socket::connect(socket).await?;
    Ok(socket::send(stream, request).await?)
}

/// Whether the schema cache holds a function.
pub(crate) async fn knows_function(socket: &Path, name: &str, jwt: &str) -> bool {
    let request = Request::get(format!("/rpc/{name}"))
        .header(http::header::HOST, "localhost")
        .header(http::header::AUTHORIZATION, format!("Bearer {jwt}"))
        .body(Empty::<Bytes>::new());
    let Ok(request) = request else { return false };
    send(socket, request)
        .await
        .is_ok_and(|response| response.status().is_success())
}
