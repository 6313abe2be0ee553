//! Query plans.

mod plan;

use std::fmt;
use std::marker::PhantomData;

pub use plan::{Plan, PlanActual, PlanNode};

/// What to explain; given to [`Query::explain`](crate::Query::explain).
///
/// The plan is text unless [`json`](Explain::json) is called. The server must allow plans
/// (`db-plan-enabled`), else the error has the code `PGRST107`.
///
/// ```
/// # fn main() -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::Explain;
/// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
/// # let planets = db.from("planets").select::<serde_json::Value>("*");
///
/// let what_happened = Explain::new().analyze().buffers().wal();
/// let request = planets.clone().explain(what_happened).into_request()?;
/// # let accept = request.headers()["accept"].to_str().unwrap_or_default();
/// assert!(accept.ends_with("options=analyze|buffers|wal;"));
///
/// let in_detail = Explain::new().verbose().settings().json();
/// let request = planets.explain(in_detail).into_request()?;
/// # let accept = request.headers()["accept"].to_str().unwrap_or_default();
/// assert!(accept.starts_with("application/vnd.pgrst.plan+json"));
/// # Ok(()) }
/// ```
#[must_use]
pub struct Explain<F = PlanText> {
    pub(crate) options: Options,
    format: PhantomData<fn() -> F>,
}

/// Marker: the plan is text, as `psql` shows it. The answer is a `String`.
#[derive(Debug, Clone, Copy)]
pub enum PlanText {}

/// Marker: the plan is JSON. The answer is a [`Plan`].
#[derive(Debug, Clone, Copy)]
pub enum PlanJson {}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) json: bool,
    analyze: bool,
    verbose: bool,
    settings: bool,
    buffers: bool,
    wal: bool,
}

impl Explain<PlanText> {
    /// The plan alone, as text.
    pub fn new() -> Self {
        Self {
            options: Options::default(),
            format: PhantomData,
        }
    }

    /// As data instead of text: a [`Plan`].
    pub fn json(self) -> Explain<PlanJson> {
        Explain {
            options: Options {
                json: true,
                ..self.options
            },
            format: PhantomData,
        }
    }
}

impl Default for Explain<PlanText> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> Explain<F> {
    /// Runs the query, and reports what really happened. A write is carried out.
    pub fn analyze(mut self) -> Self {
        self.options.analyze = true;
        self
    }

    /// Adds the query's identifier and the output columns.
    pub fn verbose(mut self) -> Self {
        self.options.verbose = true;
        self
    }

    /// Adds settings that differ from the defaults.
    pub fn settings(mut self) -> Self {
        self.options.settings = true;
        self
    }

    /// Adds the use of buffers; older servers want [`analyze`](Explain::analyze) with it.
    pub fn buffers(mut self) -> Self {
        self.options.buffers = true;
        self
    }

    /// Adds the generation of WAL records; wants [`analyze`](Explain::analyze) with it.
    pub fn wal(mut self) -> Self {
        self.options.wal = true;
        self
    }
}

impl Options {
    /// The media type that asks for the plan of a request for `media`.
    pub(crate) fn media_type(&self, media: &str) -> String {
        let options = [
            (self.analyze, "analyze"),
            (self.verbose, "verbose"),
            (self.settings, "settings"),
            (self.buffers, "buffers"),
            (self.wal, "wal"),
        ];
        let named: Vec<&str> = options
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| *name)
            .collect();
        let format = if self.json { "json" } else { "text" };
        format!(
            "application/vnd.pgrst.plan+{format}; for=\"{media}\"; options={};",
            named.join("|")
        )
    }
}

impl<F> Clone for Explain<F> {
    fn clone(&self) -> Self {
        Self {
            options: self.options,
            format: PhantomData,
        }
    }
}

impl<F> fmt::Debug for Explain<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Explain").field(&self.options).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        assert_eq!(
            Explain::new()
                .analyze()
                .wal()
                .json()
                .options
                .media_type("application/json"),
            "application/vnd.pgrst.plan+json; for=\"application/json\"; options=analyze|wal;"
        );
        assert_eq!(
            Explain::default().options.media_type("text/csv"),
            "application/vnd.pgrst.plan+text; for=\"text/csv\"; options=;"
        );
    }
}
