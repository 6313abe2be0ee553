//! Where the browser comes back to: as little of an HTTP server as that takes, on 127.0.0.1 alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use supabase_http::{Error, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::RedirectUrl;

/// The longest head of a request that is read.
const MAX_HEAD: usize = 16 * 1024;

/// How long a connection has for its request: browsers open some that they never use.
const HEAD_WAIT: Duration = Duration::from_secs(10);

/// How many connections are read at once.
const MAX_CONNECTIONS: usize = 16;

pub(super) struct Listener {
    at: String,
    state: String,
    came: mpsc::Receiver<String>,
    /// Ends the listening when it is dropped.
    _accepting: JoinSet<()>,
}

/// What all connections share.
struct Shared {
    at: String,
    state: String,
    page: String,
    /// Whether the user has come back.
    is_done: AtomicBool,
    came: mpsc::Sender<String>,
}

impl Listener {
    pub(super) async fn bind(port: u16, page: String) -> Result<Self> {
        let cannot = |why| {
            Error::runtime_caused_by(format!("cannot listen on port {port} of 127.0.0.1"), why)
        };
        let socket = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(cannot)?;
        let at = socket.local_addr().map_err(cannot)?.to_string();
        let state = random()?;
        let (sender, came) = mpsc::channel(1);
        let shared = Shared {
            at: at.clone(),
            state: state.clone(),
            page,
            is_done: AtomicBool::new(false),
            came: sender,
        };
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(socket, Arc::new(shared)));
        Ok(Self {
            at,
            state,
            came,
            _accepting: accepting,
        })
    }

    /// The URL to come back to.
    pub(super) fn url(&self) -> String {
        format!("http://{}/callback?state={}", self.at, self.state)
    }

    /// Waits for the user, and gives the URL with which they came.
    pub(super) async fn next(&mut self) -> Result<String> {
        let came = self.came.recv().await;
        came.ok_or_else(|| Error::runtime("the port to come back to was closed"))
    }
}

async fn accept(socket: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        match socket.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    // A connection that breaks is tried again by the browser.
                    let _ = timeout(HEAD_WAIT, serve(stream, &shared)).await;
                });
            }
            // Out of file handles: some will be free again.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let Some(head) = read_head(&mut stream).await? else {
        return Ok(());
    };
    let (status, page, target) = shared.answer(&head);
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let told = stream.write_all(answer.as_bytes()).await;
    let told = told.and(stream.shutdown().await);
    if let Some(target) = target {
        // Whoever waits may be gone.
        let _ = shared.came.send(target.to_owned()).await;
    }
    told
}

impl Shared {
    /// The status, the page, and the target of a request with which the user came back.
    fn answer<'a>(&'a self, head: &'a str) -> (&'static str, &'a str, Option<&'a str>) {
        const OTHER: &str = "<p>This is not the sign-in that is under way.</p>";
        let mut lines = head.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (first.next(), first.next().unwrap_or_default());
        // Other sites can have the browser ask here under a name of theirs.
        let hosts = lines.filter_map(|line| line.split_once(':'));
        let mut hosts = hosts.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        if hosts.next().is_none_or(|(_, host)| host.trim() != self.at) {
            return ("421 Misdirected Request", OTHER, None);
        }
        if method != Some("GET") {
            return ("405 Method Not Allowed", OTHER, None);
        }
        let url = RedirectUrl::parse(target);
        if url.path() != "/callback" {
            return ("404 Not Found", OTHER, None);
        }
        if url.param("state") != Some(&*self.state) {
            return ("400 Bad Request", OTHER, None);
        }
        if url.param("code").is_none() && url.error().is_none() {
            return ("400 Bad Request", OTHER, None);
        }
        if self.is_done.swap(true, Ordering::SeqCst) {
            return ("200 OK", &self.page, None);
        }
        ("200 OK", &self.page, Some(target))
    }
}

/// The request line and the headers; `None` if they do not come or are too long.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut piece = [0_u8; 1024];
    loop {
        let count = stream.read(&mut piece).await?;
        head.extend_from_slice(piece.get(..count).unwrap_or_default());
        if head.windows(4).any(|end| end == b"\r\n\r\n") {
            return Ok(String::from_utf8(head).ok());
        }
        if count == 0 || head.len() > MAX_HEAD {
            return Ok(None);
        }
    }
}

fn random() -> Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)
        .map_err(|why| Error::runtime(format!("the system gives no random numbers: {why}")))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
