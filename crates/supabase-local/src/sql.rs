//! SQL over the server's private socket, and Postgres' complaints as errors.

use std::path::Path;

use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{Client, Config, NoTls};

use crate::error::{Error, ErrorKind, Result, SqlFailure};

/// A superuser connection. The socket's folder lets nobody else in, so there is no password.
pub(crate) async fn connect(folder: &Path, port: u16, database: &str) -> Result<Client> {
    connect_raw(folder, port, database).await.map_err(|e| {
        let why = e
            .as_db_error()
            .map_or_else(|| e.to_string(), |db| db.message().to_owned());
        Error::new(
            ErrorKind::Server,
            format!("cannot connect to Postgres: {why}"),
        )
        .with_source(e)
    })
}

pub(crate) async fn connect_raw(
    folder: &Path,
    port: u16,
    database: &str,
) -> Result<Client, tokio_postgres::Error> {
    let mut config = Config::new();
    #[cfg(unix)]
    config.host_path(folder);
    #[cfg(not(unix))]
    let _ = folder;
    config
        .port(port)
        .user("postgres")
        .dbname(database)
        .application_name("supabase-local");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

/// Runs a text of any number of statements, in one transaction unless it says otherwise.
pub(crate) async fn run(
    client: &Client,
    text: &str,
    file: Option<&Path>,
    kind: ErrorKind,
) -> Result<()> {
    client.batch_execute(text).await.map_err(|e| {
        let failure = failure(&e, text, file);
        Error::from_sql(kind, failure).with_source(e)
    })
}

fn failure(error: &tokio_postgres::Error, text: &str, file: Option<&Path>) -> SqlFailure {
    let file = file.map(Path::to_owned);
    let Some(db) = error.as_db_error() else {
        let mut message = error.to_string();
        if text.to_ascii_lowercase().contains("from stdin") {
            message.push_str("; COPY … FROM stdin is psql's: write INSERT statements instead");
        }
        return SqlFailure {
            file,
            line: None,
            column: None,
            code: None,
            message,
            detail: None,
            hint: None,
        };
    };
    let place = match db.position() {
        Some(ErrorPosition::Original(at)) => Some(line_and_column(text, *at)),
        _ => None,
    };
    SqlFailure {
        file,
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        code: Some(db.code().code().to_owned()),
        message: db.message().to_owned(),
        detail: db.detail().map(str::to_owned),
        hint: db.hint().map(str::to_owned),
    }
}

/// Postgres counts characters from 1.
fn line_and_column(text: &str, position: u32) -> (usize, usize) {
    let before = usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX);
    let (mut line, mut column) = (1, 1);
    for character in text.chars().take(before) {
        if character == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line, column)
}

/// A name as an SQL identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL literal.
pub(crate) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines() {
        assert_eq!(line_and_column("select x", 8), (1, 8));
        assert_eq!(line_and_column("-- é\nselect x", 13), (2, 8));
        assert_eq!(line_and_column("", 5), (1, 1));
    }

    #[test]
    fn quotes() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b"), " E'a\\\\b'");
    }
}
