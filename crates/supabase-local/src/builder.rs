//! How a stack is set up before it starts.

use std::path::PathBuf;

use crate::binaries::Given;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::functions::{self, FunctionLog, Logs};
use crate::progress::{Progress, Sink};
use crate::stack::Stack;
use crate::start;

/// Options of a [`Stack`], made by [`Stack::builder`].
///
/// ```no_run
/// # async fn run() -> supabase_local::Result<()> {
/// let stack = supabase_local::Stack::builder()
///     .without_project()
///     .sql("create table public.todos (id bigint primary key generated always as identity, title text)")
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing starts before `.start().await`"]
pub struct StackBuilder {
    pub(crate) project: Project,
    pub(crate) migrations: Option<PathBuf>,
    pub(crate) seed: Option<PathBuf>,
    pub(crate) sql: Vec<SqlText>,
    pub(crate) port: Option<u16>,
    pub(crate) database_port: Option<u16>,
    pub(crate) given: Given,
    pub(crate) schemas: Option<Vec<String>>,
    pub(crate) extra_search_path: Option<Vec<String>>,
    pub(crate) max_rows: Option<Option<u32>>,
    pub(crate) jwt_secret: Option<Secret>,
    pub(crate) own_postgres: bool,
    pub(crate) watch_functions: bool,
    pub(crate) remote_imports: bool,
    pub(crate) function_logs: Logs,
    pub(crate) sink: Sink,
}

/// Where migrations, seed and `config.toml` come from.
#[derive(Clone, Debug, Default)]
pub(crate) enum Project {
    /// The nearest `supabase` folder, if any.
    #[default]
    Nearest,
    Folder(PathBuf),
    None,
}

/// Statements, which may set passwords and hold people's data.
#[derive(Clone)]
pub(crate) struct SqlText(pub(crate) String);

impl std::fmt::Debug for SqlText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SqlText({} bytes)", self.0.len())
    }
}

#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

impl StackBuilder {
    /// Takes migrations, seed, functions and `config.toml` from this project: a folder that holds `supabase/`, or that folder
    /// itself. By default the nearest one is taken, from the current folder upwards.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().project("../web");
    /// ```
    pub fn project(mut self, folder: impl Into<PathBuf>) -> Self {
        self.project = Project::Folder(folder.into());
        self
    }

    /// Starts from an empty database even where a `supabase` folder is near.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().without_project();
    /// ```
    pub fn without_project(mut self) -> Self {
        self.project = Project::None;
        self
    }

    /// Applies the migrations of this folder instead of the project's.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().migrations("tests/migrations");
    /// ```
    pub fn migrations(mut self, folder: impl Into<PathBuf>) -> Self {
        self.migrations = Some(folder.into());
        self
    }

    /// Applies this seed file instead of the project's.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().seed("tests/seed.sql");
    /// ```
    pub fn seed(mut self, file: impl Into<PathBuf>) -> Self {
        self.seed = Some(file.into());
        self
    }

    /// Runs this SQL as `postgres` after migrations and seed; may be called several times.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().sql("create table public.t (id int primary key)");
    /// ```
    pub fn sql(mut self, text: impl Into<String>) -> Self {
        self.sql.push(SqlText(text.into()));
        self
    }

    /// The gateway's port on 127.0.0.1; by default a free one below 32768.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().port(25_432);
    /// ```
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Postgres' port on 127.0.0.1; by default a free one below 32768.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().database_port(25_433);
    /// ```
    pub fn database_port(mut self, port: u16) -> Self {
        self.database_port = Some(port);
        self
    }

    /// The folder with the programs of Postgres 15 or newer (`initdb`, `postgres`). By default
    /// `SUPABASE_LOCAL_POSTGRES_BIN`, then `PATH`, then the pinned package.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().postgres_bin("/usr/lib/postgresql/17/bin");
    /// ```
    pub fn postgres_bin(mut self, folder: impl Into<PathBuf>) -> Self {
        self.given.postgres = Some(folder.into());
        self
    }

    /// The `postgrest` program. By default `SUPABASE_LOCAL_POSTGREST`, then `PATH`, then the pinned package.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().postgrest("/usr/local/bin/postgrest");
    /// ```
    pub fn postgrest(mut self, program: impl Into<PathBuf>) -> Self {
        self.given.postgrest = Some(program.into());
        self
    }

    /// The `deno` program, 2.9 or newer, which runs the functions. By default `SUPABASE_LOCAL_DENO`, then `PATH`, then
    /// the pinned package. Name the program itself, not a script that starts it: it is killed in the end.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().deno("/usr/local/bin/deno");
    /// ```
    pub fn deno(mut self, program: impl Into<PathBuf>) -> Self {
        self.given.deno = Some(program.into());
        self
    }

    /// Calls `sink` with each line that a function writes, from a background thread. Without it nothing is printed; why a
    /// function does not start is also in the answer to its call.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().function_logs(|line| eprintln!("{line}"));
    /// ```
    pub fn function_logs(mut self, sink: impl Fn(&FunctionLog) + Send + Sync + 'static) -> Self {
        self.function_logs = Logs::new(sink);
        self
    }

    /// Starts a function again at its next call once a file below `supabase/functions` has changed. The command line
    /// does; a test rarely needs it.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().watch_functions();
    /// ```
    pub fn watch_functions(mut self) -> Self {
        self.watch_functions = true;
        self
    }

    /// Lets functions import modules by `https:`, `jsr:` and `npm:`, which Deno then fetches and keeps in the cache folder.
    /// By default such an import is an error, so that a test means the same on every machine.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().remote_imports();
    /// ```
    pub fn remote_imports(mut self) -> Self {
        self.remote_imports = true;
        self
    }

    /// Does not look in `PATH`: without given paths, the pinned versions run, the same on every machine.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().pinned();
    /// ```
    pub fn pinned(mut self) -> Self {
        self.given.pinned = true;
        self
    }

    /// Where packages and the prepared cluster are kept. By default `SUPABASE_LOCAL_CACHE`, then the user's cache folder
    /// (for root `/var/cache/supabase-local`, as the servers then run as nobody).
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().cache("/var/tmp/supabase-local");
    /// ```
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.given.cache = Some(folder.into());
        self
    }

    /// The schemas that the API exposes, the first being the default one. By default `config.toml`'s, then `public`.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().schemas(["public", "api"]);
    /// ```
    pub fn schemas(mut self, schemas: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.schemas = Some(schemas.into_iter().map(Into::into).collect());
        self
    }

    /// Schemas that are searched but not exposed. By default `config.toml`'s, then `public` and `extensions`.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().extra_search_path(["public", "extensions"]);
    /// ```
    pub fn extra_search_path(
        mut self,
        schemas: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.extra_search_path = Some(schemas.into_iter().map(Into::into).collect());
        self
    }

    /// The most rows that one answer holds; `None` for no limit. By default `config.toml`'s, then 1000 as on the platform.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().max_rows(None);
    /// ```
    pub fn max_rows(mut self, rows: impl Into<Option<u32>>) -> Self {
        self.max_rows = Some(rows.into());
        self
    }

    /// The secret that signs JWTs, at least 32 characters; all keys follow from it. By default a random one.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().jwt_secret("x".repeat(40));
    /// ```
    pub fn jwt_secret(mut self, secret: impl Into<String>) -> Self {
        self.jwt_secret = Some(Secret(secret.into()));
        self
    }

    /// A Postgres of its own. By default the stacks of a process share one, each with its own database; roles that
    /// migrations create are then shared as well.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().own_postgres();
    /// ```
    pub fn own_postgres(mut self) -> Self {
        self.own_postgres = true;
        self
    }

    /// Calls `sink` with each step of the start, from a background thread. Without it nothing is printed.
    ///
    /// ```
    /// let builder = supabase_local::Stack::builder().progress(|step| eprintln!("{step}"));
    /// ```
    pub fn progress(mut self, sink: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.sink = Sink::new(sink);
        self
    }

    /// Starts the stack; what is missing is fetched. If the caller stops waiting, everything is stopped again.
    ///
    /// ```no_run
    /// # async fn run() -> supabase_local::Result<()> {
    /// let stack = supabase_local::Stack::builder().start().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Every [`ErrorKind`]; nothing that this call started is left running then.
    pub async fn start(self) -> Result<Stack> {
        supported()?;
        let engine = Engine::get()?;
        let settings = self.settled()?;
        engine.clone().run(start::start(settings, engine)).await
    }

    /// Fetches what [`start`](Self::start) would fetch, and starts nothing. Deno is fetched if the project has functions.
    ///
    /// ```no_run
    /// # async fn run() -> supabase_local::Result<()> {
    /// supabase_local::Stack::builder().pinned().download().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::MissingNode`], [`ErrorKind::Download`], [`ErrorKind::Integrity`], [`ErrorKind::UnsupportedPlatform`],
    /// [`ErrorKind::MissingBinary`], [`ErrorKind::PostgresTooOld`] and [`ErrorKind::Io`].
    pub async fn download(self) -> Result<()> {
        supported()?;
        let engine = Engine::get()?;
        let settings = self.settled()?;
        let functions = match &settings.project {
            Project::Folder(folder) => functions::exist(folder),
            _ => false,
        };
        engine
            .run(start::find_programs(
                settings.given,
                functions,
                settings.sink,
            ))
            .await
    }

    pub(crate) fn functions(&self) -> functions::Options {
        functions::Options {
            given: self.given.clone(),
            sink: self.sink.clone(),
            logs: self.function_logs.clone(),
            watch: self.watch_functions,
            remote: self.remote_imports,
        }
    }

    /// Makes paths independent of the current folder, which may change while the start runs.
    fn settled(mut self) -> Result<Self> {
        let paths = [
            &mut self.migrations,
            &mut self.seed,
            &mut self.given.postgres,
            &mut self.given.postgrest,
            &mut self.given.deno,
            &mut self.given.cache,
        ];
        for path in paths.into_iter().flatten() {
            *path = std::path::absolute(&*path).map_err(|e| Error::io("find", path, e))?;
        }
        self.project = match self.project {
            Project::Folder(folder) => Project::Folder(crate::config::named_project(&folder)?),
            Project::Nearest => std::env::current_dir()
                .ok()
                .and_then(|here| crate::config::find_project(&here))
                .map_or(Project::None, Project::Folder),
            Project::None => Project::None,
        };
        if let Project::Folder(folder) = &mut self.project {
            *folder = std::path::absolute(&*folder).map_err(|e| Error::io("find", folder, e))?;
        }
        Ok(self)
    }
}

fn supported() -> Result<()> {
    if cfg!(unix) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::UnsupportedSystem,
        "a local stack needs Linux or macOS: on Windows, run it in WSL",
    ))
}
