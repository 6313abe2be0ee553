//! The edge functions of a project, run by Deno. One is started when it is first called.

mod folder;
mod logs;
mod token;
mod worker;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::OnceCell;

pub use self::logs::FunctionLog;
pub(crate) use self::logs::Logs;
pub(crate) use self::token::check as check_token;
pub(crate) use self::worker::Worker;

use self::folder::Function;
use self::worker::Runtime;
use crate::binaries::{self, Given};
use crate::config::{Config, FunctionConfig};
use crate::error::{Error, Result};
use crate::keys::Keys;
use crate::progress::{Progress, Sink};
use crate::user::User;

const PRELOAD: &str = include_str!("serve.js");
/// The line that a new function begins with asks for types, which nothing here reads.
const TYPES: &str = r#"{ "imports": {
  "jsr:@supabase/functions-js/edge-runtime.d.ts": "data:text/javascript,",
  "jsr:@supabase/functions-js@2/edge-runtime.d.ts": "data:text/javascript,"
} }"#;
/// What Deno needs to fetch imports the way that the user's other tools do.
const NETWORK: [&str; 9] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "NPM_CONFIG_REGISTRY",
    "DENO_CERT",
    "DENO_TLS_CA_STORE",
];

/// How the functions of a stack are run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) given: Given,
    pub(crate) sink: Sink,
    pub(crate) logs: Logs,
    pub(crate) watch: bool,
    pub(crate) remote: bool,
}

/// What is known of a stack's functions, and those that run.
pub(crate) struct Functions {
    project: PathBuf,
    config: BTreeMap<String, FunctionConfig>,
    options: Options,
    user: User,
    environment: Vec<(Cow<'static, str>, String)>,
    /// For files of the stack and temporary ones of the functions.
    own: PathBuf,
    sockets: PathBuf,
    runtime: OnceCell<Runtime>,
    slots: Mutex<Option<HashMap<String, Slot>>>,
}

/// Held while a function starts, so that calls at the same time share one.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Worker>>>>;

/// Why a call comes to nothing before the function has it.
#[derive(Debug)]
pub(crate) enum Unavailable {
    NotFound(String),
    /// It does not start, and why.
    Boot(String),
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the environment, which holds the keys.
        f.debug_struct("Functions")
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

impl Functions {
    /// The functions of the project in this `supabase` folder. Nothing is started, and Deno is looked for only if there
    /// are any. What they need goes into `own` of the folder `sockets`.
    pub(crate) async fn new(
        project: &Path,
        config: &Config,
        options: Options,
        user: User,
        (sockets, own): (&Path, &str),
        environment: Vec<(Cow<'static, str>, String)>,
    ) -> Option<Arc<Self>> {
        if config.run_functions == Some(false) {
            return None;
        }
        let all = Self {
            project: project.to_owned(),
            config: config.functions.clone(),
            options,
            user,
            environment,
            own: sockets.join(own),
            sockets: sockets.to_owned(),
            runtime: OnceCell::new(),
            slots: Mutex::new(Some(HashMap::new())),
        };
        if exist(project) {
            // A database is of use without functions: each call says why there are none.
            if let Err(error) = all.runtime().await {
                let text = format!("the functions cannot run: {error}");
                all.options.sink.report(&Progress::Note { text });
            }
        }
        Some(Arc::new(all))
    }

    fn folder(&self) -> PathBuf {
        self.project.join("functions")
    }

    async fn runtime(&self) -> Result<&Runtime> {
        let find = || async {
            let options = &self.options;
            let program = binaries::deno(&options.given, self.user, &options.sink).await?;
            let cache = binaries::cache_folder(self.user, options.given.cache.as_deref())?;
            let temporary = self.own.join("tmp");
            std::fs::create_dir_all(&temporary).map_err(|e| Error::io("make", &temporary, e))?;
            let preload = self.own.join("serve.js");
            std::fs::write(&preload, PRELOAD).map_err(|e| Error::io("write", &preload, e))?;
            let types = self.own.join("types.json");
            std::fs::write(&types, TYPES).map_err(|e| Error::io("write", &types, e))?;
            Ok(Runtime {
                program,
                cache: cache.join("deno"),
                sockets: self.sockets.clone(),
                preload,
                types,
                readable: self.folder(),
                temporary,
                remote: options.remote,
            })
        };
        self.runtime.get_or_try_init(find).await
    }

    fn config(&self, name: &str) -> FunctionConfig {
        self.config.get(name).cloned().unwrap_or_default()
    }

    fn find(&self, name: &str) -> Result<Function, Unavailable> {
        folder::find(&self.project, name, &self.config(name)).ok_or_else(|| {
            let place = self.folder();
            Unavailable::NotFound(if folder::is_name(name) {
                format!("{} has no {name}/index.ts", place.display())
            } else {
                "no function can have this name".to_owned()
            })
        })
    }

    /// Whether calls of this function need a token.
    pub(crate) fn verifies_jwt(&self, name: &str) -> Result<bool, Unavailable> {
        self.find(name)?;
        Ok(self.config(name).verify_jwt.unwrap_or(true))
    }

    /// The function, started if it does not run or has changed.
    pub(crate) async fn worker(&self, name: &str) -> Result<Arc<Worker>, Unavailable> {
        let function = self.find(name)?;
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let ended = || Unavailable::Boot("the stack ends".to_owned());
            let slots = slots.as_mut().ok_or_else(ended)?;
            Arc::clone(slots.entry(name.to_owned()).or_default())
        };
        let mut running = slot.lock().await;
        let fingerprint = if self.options.watch {
            folder::fingerprint(&self.folder())
        } else {
            0
        };
        if let Some(worker) = running.take() {
            if worker.fingerprint != fingerprint {
                self.options.logs.report(name, "changed, starts again");
            } else if worker.is_running() {
                *running = Some(Arc::clone(&worker));
                return Ok(worker);
            }
            worker.stop().await;
        }
        let boot = |error: Error| Unavailable::Boot(error.to_string());
        let runtime = self.runtime().await.map_err(boot)?;
        let mut environment = folder::variables(&self.folder())
            .map_err(boot)?
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect::<Vec<_>>();
        environment.extend(self.environment.iter().cloned());
        if runtime.remote {
            let set = NETWORK.map(|name| (name, std::env::var(name)));
            let set = set
                .into_iter()
                .filter_map(|(name, value)| Some((name.into(), value.ok()?)));
            environment.extend(set);
        }
        let started = Worker::start(
            runtime,
            &function,
            fingerprint,
            environment,
            &self.options.logs,
        );
        let worker = Arc::new(started.await.map_err(Unavailable::Boot)?);
        *running = Some(Arc::clone(&worker));
        Ok(worker)
    }

    /// Ends every function, and waits until they are gone. None starts again.
    pub(crate) async fn stop(&self) {
        let slots = self
            .slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        for slot in slots.into_iter().flat_map(HashMap::into_values) {
            if let Some(worker) = slot.lock().await.take() {
                worker.stop().await;
            }
        }
    }
}

/// Whether the `supabase` folder holds any function.
pub(crate) fn exist(project: &Path) -> bool {
    folder::has_functions(&project.join("functions"))
}

/// The variables that the platform gives to functions.
pub(crate) fn environment(
    url: &str,
    database_url: &str,
    keys: &Keys,
) -> Vec<(Cow<'static, str>, String)> {
    let of_kind = |key: &str| json!({ "default": key }).to_string();
    [
        ("SUPABASE_URL", url.to_owned()),
        ("SUPABASE_ANON_KEY", keys.anon.clone()),
        ("SUPABASE_SERVICE_ROLE_KEY", keys.service_role.clone()),
        ("SUPABASE_DB_URL", database_url.to_owned()),
        ("SUPABASE_PUBLISHABLE_KEYS", of_kind(&keys.publishable)),
        ("SUPABASE_SECRET_KEYS", of_kind(&keys.secret)),
    ]
    .map(|(name, value)| (name.into(), value))
    .to_vec()
}
