//! How a stack comes up, step by step.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::binaries::{self, Given};
use crate::builder::{Project, SqlText, StackBuilder};
use crate::config::{self, Config};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::functions::{self, Functions};
use crate::gateway::Gateway;
use crate::keys::{self, Keys};
use crate::postgres::{Key, Server};
use crate::postgrest::{self, Exposed};
use crate::progress::{Progress, Sink};
use crate::retire::{self, Parts};
use crate::stack::Stack;
use crate::user::User;
use crate::{migrations, sql};

/// As on the platform.
const MAX_ROWS: u32 = 1000;

/// Finds or fetches the programs; Deno only if there are functions.
pub(crate) async fn find_programs(given: Given, functions: bool, sink: Sink) -> Result<()> {
    let user = User::current()?;
    binaries::postgres(&given, user, &sink).await?;
    binaries::postgrest(&given, user, &sink).await?;
    if functions {
        binaries::deno(&given, user, &sink).await?;
    }
    Ok(())
}

/// Starts everything in its order; what was started is ended again if a step fails.
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
        functions: None,
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
        let url = format!("http://127.0.0.1:{}", Gateway::port_of(&listener)?);
        let database_url = format!(
            "postgres://postgres:{}@127.0.0.1:{}/{}",
            server.password(),
            server.port(),
            parts.database
        );
        if let Some(project) = &project {
            let environment = functions::environment(&url, &database_url, &keys);
            let own = format!("{}.functions", parts.database);
            let places = (server.folder(), own.as_str());
            let options = settings.functions();
            parts.functions =
                Functions::new(project, &config, options, user, places, environment).await;
        }
        let functions = parts.functions.clone();
        let gateway = Gateway::start(listener, keys.clone(), socket.clone(), functions)?;
        Ok((gateway, socket, url, database_url))
    };
    let begun = begun.await;
    drop(server);
    match begun {
        Ok((gateway, rest, url, database_url)) => Ok(Stack {
            url,
            database_url,
            engine,
            gateway,
            keys,
            rest,
            exposed,
            parts: Some(parts),
        }),
        Err(error) => {
            // Nothing is left running, also not for a moment.
            retire::now(&engine, parts).await;
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
    project: Option<&Path>,
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
    for SqlText(text) in &settings.sql {
        sql::run(&client, text, None, ErrorKind::Sql).await?;
    }
    Ok(())
}
