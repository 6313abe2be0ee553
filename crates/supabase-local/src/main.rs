//! The command line: `supabase-local start`, `supabase-local download`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line prints"
)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use supabase_local::{Error, Progress, Stack, StackBuilder};

const HELP: &str = "\
A local Supabase: Postgres, PostgREST and edge functions behind one gateway, without Docker.

Usage:
  supabase-local start [options]     start, print URL and keys, run until Ctrl-C
  supabase-local download [options]  only fetch Postgres, PostgREST and, for functions, Deno

Options of start:
  --project DIR     the project with migrations, seed and functions (default: the nearest supabase folder)
  --empty           no project: an empty database
  --port N          port of the API (default: a free one)
  --db-port N       port of Postgres (default: a free one)
  --env             print NAME=value lines, for a .env file
  --remote-imports  functions may import by https:, jsr: and npm:

Options of both:
  --postgres DIR    folder with the programs of Postgres 15 or newer
  --postgrest FILE  the postgrest program
  --deno FILE       the deno program, 2.9 or newer
  --pinned          do not look in PATH, use the pinned packages
  --quiet           no progress

  --help, --version

What functions write goes to standard error; one whose files change starts again at its next call.

Environment: SUPABASE_LOCAL_POSTGRES_BIN, SUPABASE_LOCAL_POSTGREST, SUPABASE_LOCAL_DENO, SUPABASE_LOCAL_CACHE,
SUPABASE_LOCAL_JWT_SECRET (at least 32 characters; all keys follow from it).
";

/// The same from run to run, so that keys in a `.env` file stay valid. It protects nothing: the servers are on loopback.
const JWT_SECRET: &str = "a-local-secret-that-everybody-knows-for-tests-only";

/// What was asked for.
#[derive(Debug)]
enum Command {
    Start { builder: StackBuilder, env: bool },
    Download(StackBuilder),
    Help,
    Version,
}

fn main() -> ExitCode {
    let command = match parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("supabase-local: {error}; see supabase-local --help");
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("supabase-local: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut name = None;
    let mut builder = Stack::builder();
    let (mut env, mut quiet) = (false, false);
    while let Some(argument) = arguments.next()? {
        builder = match argument {
            Long("help") | Short('h') => return Ok(Command::Help),
            Long("version") | Short('V') => return Ok(Command::Version),
            Long("project") => builder.project(path(&mut arguments)?),
            Long("empty") => builder.without_project(),
            Long("port") => builder.port(arguments.value()?.parse()?),
            Long("db-port") => builder.database_port(arguments.value()?.parse()?),
            Long("postgres") => builder.postgres_bin(path(&mut arguments)?),
            Long("postgrest") => builder.postgrest(path(&mut arguments)?),
            Long("deno") => builder.deno(path(&mut arguments)?),
            Long("remote-imports") => builder.remote_imports(),
            Long("pinned") => builder.pinned(),
            Long("env") => {
                env = true;
                builder
            }
            Long("quiet") | Short('q') => {
                quiet = true;
                builder
            }
            Value(value) if name.is_none() => {
                name = Some(value.string()?);
                builder
            }
            other => return Err(other.unexpected()),
        };
    }
    if !quiet {
        builder = builder.progress(show);
    }
    match name.as_deref() {
        Some("start") => {
            let secret = std::env::var("SUPABASE_LOCAL_JWT_SECRET");
            let secret = secret.unwrap_or_else(|_| JWT_SECRET.to_owned());
            Ok(Command::Start {
                builder: builder
                    .jwt_secret(secret)
                    .watch_functions()
                    .function_logs(|line| eprintln!("{line}")),
                env,
            })
        }
        Some("download") => Ok(Command::Download(builder)),
        Some(other) => Err(format!("there is no command {other:?}").into()),
        None => Ok(Command::Help),
    }
}

fn path(arguments: &mut lexopt::Parser) -> Result<PathBuf, lexopt::Error> {
    Ok(PathBuf::from(arguments.value()?))
}

fn show(step: &Progress) {
    eprintln!("  {step}");
}

fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Help => print!("{HELP}"),
        Command::Version => println!("supabase-local {}", env!("CARGO_PKG_VERSION")),
        Command::Download(builder) => runtime()?.block_on(builder.download())?,
        Command::Start { builder, env } => runtime()?.block_on(serve(builder, env))?,
    }
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

async fn serve(builder: StackBuilder, env: bool) -> Result<(), Error> {
    // Ctrl-C while starting ends the process, and the servers see that.
    let stack = builder.start().await?;
    let text = if env {
        variables(&stack)
    } else {
        table(&stack)
    };
    // A closed pipe is no reason to stop.
    let _ = std::io::stdout().write_all(text.as_bytes());
    let _ = std::io::stdout().flush();
    eprintln!("Running; Ctrl-C ends it and throws the data away.");
    wait_for_signal().await;
    stack.stop().await;
    Ok(())
}

async fn wait_for_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn table(stack: &Stack) -> String {
    let processes: Vec<String> = stack.process_ids().iter().map(u32::to_string).collect();
    format!(
        "API URL:          {}\nPublishable key:  {}\nSecret key:       {}\nanon key:         {}\n\
         service_role key: {}\nJWT secret:       {}\nDatabase URL:     {}\nProcess ids:      {}\n",
        stack.url(),
        stack.publishable_key(),
        stack.secret_key(),
        stack.anon_key(),
        stack.service_role_key(),
        stack.jwt_secret(),
        stack.database_url(),
        processes.join(" "),
    )
}

fn variables(stack: &Stack) -> String {
    format!(
        "SUPABASE_URL={}\nSUPABASE_PUBLISHABLE_KEY={}\nSUPABASE_SECRET_KEY={}\nSUPABASE_ANON_KEY={}\n\
         SUPABASE_SERVICE_ROLE_KEY={}\nSUPABASE_JWT_SECRET={}\nDATABASE_URL={}\n",
        stack.url(),
        stack.publishable_key(),
        stack.secret_key(),
        stack.anon_key(),
        stack.service_role_key(),
        stack.jwt_secret(),
        stack.database_url(),
    )
}
