//! Tables of calls, and the run that compares each with its case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use postgrest_rs::PostgrestClient;

use crate::compare::{self, Difference, Outcome, Sent};
use crate::corpus::{Case, Exchange, File};
use crate::deviation::{CATEGORIES, Category, Deviation, Diff, rules};
use crate::probe::{self, Probe};
use crate::replay::{self, Run};

/// How a case is called here.
#[derive(Debug, Clone, Copy)]
pub enum Call {
    /// One expression, one exchange.
    One(fn(&PostgrestClient) -> Probe),
    /// Several calls, one exchange each.
    Each(fn(&PostgrestClient) -> Vec<Probe>),
    /// Retries, waits and aborts: awaited against the scripted answers of the case, under paused time.
    Replay(Run),
    /// Cannot be written, since Rust lacks the means or our types refuse it: must be a deviation.
    Unwritable,
    /// Belongs to a crate, or to a part of one, that does not exist yet: its folder in `crates/` is named here.
    Pending(&'static str),
}

/// A case and its call.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    client: &'static str,
    name: &'static str,
    call: Call,
    deviation: Option<Deviation>,
    awaits: &'static [&'static str],
}

/// A case of the JavaScript client, named without its first two parts.
#[must_use]
pub const fn js(name: &'static str, call: Call) -> Entry {
    Entry { client: "js", name, call, deviation: None, awaits: &[] }
}

/// A case of the Python client, named without its first two parts.
#[must_use]
pub const fn py(name: &'static str, call: Call) -> Entry {
    Entry { client: "py", name, call, deviation: None, awaits: &[] }
}

impl Entry {
    const fn differs(
        mut self,
        category: Category,
        why: &'static str,
        differences: &'static [Diff],
    ) -> Self {
        self.deviation = Some(Deviation { category, why, differences });
        self
    }

    /// The recorded client has a defect.
    #[must_use]
    pub const fn client_bug(self, why: &'static str, differences: &'static [Diff]) -> Self {
        self.differs(Category::ClientBug, why, differences)
    }

    /// The server was seen to do something else than the recorded client assumes.
    #[must_use]
    pub const fn server_wins(self, why: &'static str, differences: &'static [Diff]) -> Self {
        self.differs(Category::ServerWins, why, differences)
    }

    /// The call uses a language feature that Rust does not have.
    #[must_use]
    pub const fn language_only(self, feature: &'static str, differences: &'static [Diff]) -> Self {
        self.differs(Category::LanguageOnly(feature), feature, differences)
    }

    /// A decision of ours, explained by a rule of `docs/deviations.md`.
    #[must_use]
    pub const fn ours_by_design(
        self,
        rule: &'static str,
        why: &'static str,
        differences: &'static [Diff],
    ) -> Self {
        self.differs(Category::OursByDesign(rule), why, differences)
    }

    /// Parts of the case belong to crates that do not exist yet, and no recorded request says so.
    #[must_use]
    pub const fn awaits(mut self, services: &'static [&'static str]) -> Self {
        self.awaits = services;
        self
    }

    /// The crates that parts of the case wait for, once per request or call.
    fn awaited(&self, case: &Case) -> Vec<&'static str> {
        let others = case.exchanges.iter().filter(|e| !e.setup && !e.is_compared());
        let mut services: Vec<_> = others.filter_map(Exchange::service).collect();
        services.extend(self.awaits);
        if let (Call::Pending(service), true) = (self.call, services.is_empty()) {
            services.push(service);
        }
        services
    }

    fn id(&self, file: &str) -> String {
        format!("{}/{file}/{}", self.client, self.name)
    }
}

/// A part of the corpus with its calls.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// The name in the printed table.
    pub name: &'static str,
    /// The part of a case id between the client and the topic: `postgrest` or `client`.
    pub file: &'static str,
    /// The calls.
    pub entries: &'static [Entry],
    /// How many deviations there are. It may only fall.
    pub ceiling: usize,
    /// How many cases wait for what does not exist yet. It may only fall.
    pub pending: usize,
}

/// Counts of one area.
#[derive(Debug, Clone, Default)]
struct Row {
    cases: usize,
    matched: usize,
    deviations: [usize; 4],
    pending: usize,
    wrong: usize,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<(&'static str, Row)>,
    pending: BTreeMap<&'static str, usize>,
    /// The ids of the cases that match.
    pub matched: BTreeSet<String>,
    /// Everything that must be mended.
    pub problems: Vec<String>,
}

impl Report {
    /// The counts per area and category, as a table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = format!("{:<12} {:>6} {:>8}", "area", "cases", "matched");
        for name in CATEGORIES {
            let _ = write!(text, " {name:>13}");
        }
        let _ = writeln!(text, " {:>8} {:>6}", "pending", "wrong");
        let mut sum = Row::default();
        for (_, row) in &self.rows {
            sum.cases += row.cases;
            sum.matched += row.matched;
            sum.pending += row.pending;
            sum.wrong += row.wrong;
            for (total, part) in sum.deviations.iter_mut().zip(row.deviations) {
                *total += part;
            }
        }
        for (name, row) in self.rows.iter().chain([&("sum", sum)]) {
            let _ = write!(text, "{name:<12} {:>6} {:>8}", row.cases, row.matched);
            for count in row.deviations {
                let _ = write!(text, " {count:>13}");
            }
            let _ = writeln!(text, " {:>8} {:>6}", row.pending, row.wrong);
        }
        for (service, count) in &self.pending {
            let _ = writeln!(text, "pending until {service} exists: {count} requests or calls");
        }
        text
    }
}

/// Runs the areas against the files, each of whose cases must have exactly one call.
#[must_use]
pub fn run(areas: &[Area], files: &[File]) -> Report {
    let mut cases = Vec::new();
    for file in files {
        match file.cases() {
            Ok(list) => cases.extend(list),
            Err(error) => {
                return Report {
                    problems: vec![format!("{file:?}: {error}")],
                    ..Report::default()
                };
            }
        }
    }
    run_cases(areas, cases)
}

/// Runs the areas against these cases.
#[must_use]
pub fn run_cases(areas: &[Area], cases: Vec<Case>) -> Report {
    let mut report = Report::default();
    let mut cases: BTreeMap<_, _> = cases.into_iter().map(|case| (case.id.clone(), case)).collect();
    let rules = rules();
    let mut cited = BTreeSet::new();
    for area in areas {
        let mut row = Row::default();
        for entry in area.entries {
            let id = entry.id(area.file);
            let Some(case) = cases.remove(&id) else {
                report.problems.push(format!("{id}: no such case, or a second call of it"));
                continue;
            };
            row.cases += 1;
            if let Some(Category::OursByDesign(rule)) = entry.deviation.map(|d| d.category) {
                cited.insert(rule);
                if !rules.contains(&rule) {
                    report.problems.push(format!("{id}: docs/deviations.md has no rule {rule}"));
                }
            }
            for service in entry.awaited(&case) {
                *report.pending.entry(service).or_default() += 1;
            }
            match judge(entry, &case) {
                Ok(Verdict::Matched) => {
                    row.matched += 1;
                    report.matched.insert(id);
                }
                Ok(Verdict::Deviates(category)) => row.deviations[category.index()] += 1,
                Ok(Verdict::Pending) => row.pending += 1,
                Err(text) => {
                    row.wrong += 1;
                    report.problems.push(format!("{id}: {text}"));
                }
            }
        }
        let deviations: usize = row.deviations.iter().sum();
        if row.wrong == 0 && deviations != area.ceiling {
            let advice = if deviations > area.ceiling { "it only falls" } else { "lower it" };
            report.problems.push(format!(
                "{}: {deviations} deviations, the ceiling is {}: {advice}",
                area.name, area.ceiling
            ));
        }
        if row.pending != area.pending {
            let advice = if row.pending > area.pending { "it only falls" } else { "lower it" };
            report.problems.push(format!(
                "{}: {} cases are pending, the ceiling is {}: {advice}",
                area.name, row.pending, area.pending
            ));
        }
        report.rows.push((area.name, row));
    }
    report.problems.extend(cases.keys().map(|id| format!("{id}: has no call")));
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for service in report.pending.keys().filter(|name| crates.join(name).exists()) {
        report.problems.push(format!("{service} exists: its part of the cases is pending no more"));
    }
    for rule in rules.iter().filter(|rule| !cited.contains(*rule)) {
        report.problems.push(format!("docs/deviations.md: no case cites the rule {rule}"));
    }
    report
}

enum Verdict {
    Matched,
    Deviates(Category),
    Pending,
}

fn judge(entry: &Entry, case: &Case) -> Result<Verdict, String> {
    let found = match entry.call {
        Call::Pending(_) => return Ok(Verdict::Pending),
        Call::Unwritable => match entry.deviation.map(|d| d.category) {
            None => return Err("a call that cannot be written is a deviation".to_owned()),
            Some(_) => vec![Difference::new(
                "call",
                case.exchanges.first().map_or_else(|| "none".to_owned(), Exchange::rendered),
                "cannot be written",
            )],
        },
        Call::One(call) => probe::client()
            .map_or_else(|error| broken(&error), |db| table(case, &db, vec![call(&db)])),
        Call::Each(call) => {
            probe::client().map_or_else(|error| broken(&error), |db| table(case, &db, call(&db)))
        }
        Call::Replay(call) => replay::run(case, call)?,
    };
    match (&entry.deviation, found.is_empty()) {
        (None, true) => Ok(Verdict::Matched),
        (None, false) => Err(listing("differs", &found)),
        (Some(_), true) => Err("is listed as a deviation but matches".to_owned()),
        (Some(deviation), false) => {
            let mut written: Vec<_> = deviation.differences.iter().map(Difference::from).collect();
            let mut seen = found.clone();
            written.sort();
            seen.sort();
            if written == seen {
                Ok(Verdict::Deviates(deviation.category))
            } else {
                Err(listing("differs in another way than written", &found))
            }
        }
    }
}

fn broken(error: &supabase_http::Error) -> Vec<Difference> {
    vec![Difference::new("client", "made", error.to_string())]
}

fn listing(what: &str, found: &[Difference]) -> String {
    found.iter().fold(what.to_owned(), |text, one| format!("{text}\n    {}", one.render()))
}

/// Compares calls that need no runtime with the exchanges of the database.
fn table(case: &Case, db: &PostgrestClient, probes: Vec<Probe>) -> Vec<Difference> {
    let exchanges: Vec<_> = case.exchanges.iter().filter(|e| e.is_compared()).collect();
    let mut expected = compare::expected(case);
    // Calls of other services come first, and a case may return its last answer only.
    expected.drain(..expected.len().saturating_sub(probes.len()));
    let skipped = probes.len().saturating_sub(expected.len());
    if exchanges.len() > probes.len() {
        let count = exchanges.len().to_string();
        return vec![Difference::new("calls", count, probes.len().to_string())];
    }
    let mut found = Vec::new();
    for (index, probe) in probes.into_iter().enumerate() {
        let exchange = exchanges.get(index).copied();
        let theirs = index.checked_sub(skipped).and_then(|at| expected.get(at));
        found.extend(one(exchange, theirs, &probe.by(db)));
    }
    found
}

fn one(exchange: Option<&Exchange>, theirs: Option<&Outcome>, probe: &Probe) -> Vec<Difference> {
    let (exchange, request) = match (exchange, &probe.request) {
        (None, Err(_)) => {
            let ours = Outcome::Fault;
            return theirs.map_or_else(Vec::new, |theirs| compare::answer(theirs, &ours, None));
        }
        (Some(exchange), Err(_)) => {
            return vec![Difference::new("request", exchange.rendered(), "refused")];
        }
        (None, Ok(request)) => {
            let line = format!("{} {}", request.method(), request.uri().path());
            return vec![Difference::new("request", "none", line)];
        }
        (Some(exchange), Ok(request)) => (exchange, request),
    };
    let mut found = compare::request(&exchange.request, &Sent::new(request));
    let (Some(theirs), Some(parts), Some(body)) =
        (theirs, exchange.response.parts(), exchange.response.bytes())
    else {
        if theirs.is_some() {
            found.push(Difference::new("answer", "none", "needs a replay"));
        }
        return found;
    };
    let ours = Outcome::ours((probe.decode)(&parts, body), exchange.response.status);
    found.extend(compare::answer(theirs, &ours, Some(&exchange.response)));
    found
}

#[cfg(test)]
mod tests;
