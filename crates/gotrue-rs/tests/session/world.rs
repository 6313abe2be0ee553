//! A server that gives out tokens as the real one does, and a time that tests move.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use gotrue_rs::{AccessToken, AuthClient, Email, Session, SessionManager, SessionStorage};
use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{Clock, HttpClient, TokenSource as _, TransportErrorKind};
use tokio::time::Instant;

/// When the tests begin, in seconds since 1970.
const BEGIN: u64 = 1_767_323_045;

/// How long access tokens live, in seconds.
pub(crate) const LIFE: u64 = 3600;

/// Time and server of one test.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

struct Inner {
    began: Instant,
    /// Seconds that passed while the machine slept: clocks went on, timers did not.
    slept: AtomicU64,
    mock: MockTransport,
    server: Mutex<Server>,
}

#[derive(Default)]
struct Server {
    sessions: Vec<Chain>,
    refreshes: usize,
    faults: Vec<Fault>,
    always: Option<Fault>,
    delay: Duration,
    requests: HashMap<String, usize>,
}

/// The refresh tokens of a session, the active one last.
struct Chain {
    user: String,
    tokens: usize,
    /// When the last access token ends, by the server's clock.
    ends: u64,
    is_over: bool,
}

/// What goes wrong with a renewal.
#[derive(Clone)]
pub(crate) enum Fault {
    /// The server cannot be reached.
    Down,
    /// The token is rotated, and the answer is lost.
    Lost,
    Answer(u16, Value),
}

impl World {
    pub(crate) fn new() -> Self {
        let mock = MockTransport::new();
        let this = Self(Arc::new(Inner {
            began: Instant::now(),
            slept: AtomicU64::new(0),
            mock: mock.clone(),
            server: Mutex::default(),
        }));
        let weak = Arc::downgrade(&this.0);
        let _ = mock.respond(move |request| match weak.upgrade() {
            Some(inner) => Self(inner).answer(request),
            None => Exchange::new(500),
        });
        this
    }

    /// Seconds since 1970 by the server's clock, which is right.
    pub(crate) fn seconds(&self) -> u64 {
        BEGIN + self.0.began.elapsed().as_secs() + self.0.slept.load(Ordering::SeqCst)
    }

    pub(crate) fn sleep(&self, seconds: u64) {
        self.0.slept.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.0.server.lock().unwrap().refreshes
    }

    pub(crate) fn fault(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.server.lock().unwrap().faults.extend(faults);
    }

    pub(crate) fn always(&self, fault: Option<Fault>) {
        self.0.server.lock().unwrap().always = fault;
    }

    pub(crate) fn slow(&self, delay: Duration) {
        self.0.server.lock().unwrap().delay = delay;
    }

    /// Ends all sessions on the server.
    pub(crate) fn end_sessions(&self) {
        for chain in &mut self.0.server.lock().unwrap().sessions {
            chain.is_over = true;
        }
    }

    pub(crate) fn calls(&self, path: &str) -> usize {
        let server = self.0.server.lock().unwrap();
        server.requests.get(path).copied().unwrap_or_default()
    }

    /// Whether a service would take the token now.
    pub(crate) fn takes(&self, token: &AccessToken) -> bool {
        let (session, number) = numbers(token.expose());
        let server = self.0.server.lock().unwrap();
        let chain = &server.sessions[session];
        number == chain.tokens && self.seconds() < chain.ends
    }

    /// A client whose clock is `skew` seconds ahead.
    pub(crate) fn client(&self, skew: i64) -> AuthClient {
        let http = HttpClient::new(self.0.mock.clone());
        AuthClient::with_http(http, "https://project.test", "sb_publishable_test")
            .unwrap()
            .clock(WorldClock(self.clone(), Arc::new(AtomicI64::new(skew))))
    }

    pub(crate) async fn app(&self, storage: impl SessionStorage + 'static) -> App {
        self.app_ahead(storage, 0).await
    }

    pub(crate) async fn app_ahead(&self, storage: impl SessionStorage + 'static, skew: i64) -> App {
        let auth = self.client(skew).with_session(storage).await.unwrap();
        let sessions = auth.sessions().unwrap();
        App { auth, sessions }
    }

    fn answer(&self, request: &RecordedRequest) -> Exchange {
        let mut server = self.0.server.lock().unwrap();
        *server
            .requests
            .entry(request.path().to_owned())
            .or_default() += 1;
        let grant = request.raw_query();
        match (request.path(), grant) {
            ("/auth/v1/token", "grant_type=password") => {
                let email = request.json::<Value>().unwrap()["email"].to_string();
                let user = email
                    .trim_matches('"')
                    .split('@')
                    .next()
                    .unwrap()
                    .to_owned();
                server.sessions.push(Chain {
                    user,
                    tokens: 1,
                    ends: self.seconds() + LIFE,
                    is_over: false,
                });
                let session = server.sessions.len() - 1;
                self.issued(&server, session)
            }
            ("/auth/v1/token", "grant_type=refresh_token") => {
                let token = request.json::<Value>().unwrap()["refresh_token"].clone();
                self.refresh(&mut server, token.as_str().unwrap())
            }
            ("/auth/v1/logout", _) => Exchange::new(204),
            _ => Exchange::new(404),
        }
    }

    fn refresh(&self, server: &mut Server, token: &str) -> Exchange {
        server.refreshes += 1;
        let fault = match server.faults.is_empty() {
            true => server.always.clone(),
            false => Some(server.faults.remove(0)),
        };
        let delay = server.delay;
        match &fault {
            Some(Fault::Down) => return Exchange::fail(TransportErrorKind::Connect).delay(delay),
            Some(Fault::Answer(status, body)) => {
                return Exchange::new(*status).json(body).delay(delay);
            }
            Some(Fault::Lost) | None => {}
        }
        let refused =
            |code: &str| Exchange::new(400).json(json!({ "code": code, "message": code }));
        let (session, number) = numbers(token);
        let now = self.seconds();
        let chain = &mut server.sessions[session];
        if chain.is_over {
            return refused("refresh_token_not_found").delay(delay);
        }
        match chain.tokens.checked_sub(number) {
            Some(0) => {
                chain.tokens += 1;
                chain.ends = now + LIFE;
            }
            // The parent of the active token gets the active one again.
            Some(1) => chain.ends = now + LIFE,
            _ => {
                chain.is_over = true;
                return refused("refresh_token_already_used").delay(delay);
            }
        }
        match fault {
            Some(_) => Exchange::fail(TransportErrorKind::Interrupted).delay(delay),
            None => self.issued(server, session).delay(delay),
        }
    }

    fn issued(&self, server: &Server, session: usize) -> Exchange {
        let chain = &server.sessions[session];
        let number = chain.tokens;
        Exchange::new(200).json(json!({
            "access_token": format!("access-{session}-{number}"),
            "refresh_token": format!("refresh-{session}-{number}"),
            "token_type": "bearer",
            "expires_in": LIFE,
            "expires_at": self.seconds() + LIFE,
            "user": { "id": chain.user, "aud": "authenticated", "role": "authenticated" }
        }))
    }
}

/// The session and the number of a token.
fn numbers(token: &str) -> (usize, usize) {
    let mut parts = token.split('-').skip(1).map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

#[derive(Clone)]
struct WorldClock(World, Arc<AtomicI64>);

impl Clock for WorldClock {
    fn now(&self) -> SystemTime {
        let seconds = self
            .0
            .seconds()
            .checked_add_signed(self.1.load(Ordering::SeqCst));
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unwrap())
    }
}

impl std::fmt::Debug for WorldClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WorldClock")
    }
}

/// A program with a session.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) auth: AuthClient,
    pub(crate) sessions: SessionManager,
}

impl App {
    pub(crate) async fn sign_in(&self, user: &str) -> Session {
        let email = Email(format!("{user}@example.com"));
        self.auth
            .sign_in_with_password(email, "secret")
            .await
            .unwrap()
    }

    /// The token of a request: `None` would go out as nobody's.
    pub(crate) async fn token(&self) -> Result<Option<AccessToken>, supabase_http::Error> {
        self.sessions
            .token()
            .await
            .map_err(|error| *error.downcast::<supabase_http::Error>().unwrap())
    }

    pub(crate) async fn good_token(&self, world: &World) -> AccessToken {
        let token = self.token().await.unwrap();
        // Nobody acts by accident.
        let token = token.unwrap();
        assert!(world.takes(&token), "{} is no good", token.expose());
        token
    }
}
