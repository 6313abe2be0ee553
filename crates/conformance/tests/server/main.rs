//! What a real PostgREST was recorded to answer, 14.17 and 16.2: every exchange that this SDK can express is built as it was
//! sent and its answer is decoded to what it means; the others are listed with the reason.
//!
//! A recorded request is read by the second parser of `postgrest-rs`' grammar tests, which shares no code with the SDK, and then
//! made again with the methods that a user would call. The two requests are the same when the server reads the same in them:
//! both queries go through that parser, then through [`conformance::compare`].

use std::collections::BTreeMap;
use std::io::Write as _;

use conformance::compare::{self, Difference, Outcome, Sent};
use conformance::corpus::{Request, Response};
use serde::Deserialize;

mod call;
mod differences;
mod expected;
mod kinds;
mod meaning;
mod pairs;
#[rustfmt::skip]
#[allow(dead_code, reason = "shared with the grammar tests, which use all of it")]
#[path = "../../../postgrest-rs/tests/grammar/parser.rs"]
mod parser;
#[allow(
    dead_code,
    clippy::expect_used,
    reason = "shared with the grammar tests, which use all of it"
)]
#[rustfmt::skip]
#[path = "../../../postgrest-rs/tests/grammar/syntax.rs"]
mod syntax;

/// A request to the server and its answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Recorded {
    name: String,
    server: String,
    request: Request,
    response: Response,
}

/// Why the SDK does not send such a request.
type Reason = &'static str;

/// How it was made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Made {
    /// With typed methods and values alone.
    Typed,
    /// With a method that takes raw grammar, or a header.
    Raw,
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("../../data/server/postgrest.json")).unwrap_or_default()
}

/// Makes the request again and compares both halves.
fn differences(recorded: &Recorded) -> Result<(Made, Vec<Difference>), Reason> {
    let call = call::made(recorded)?;
    let mut found = Vec::new();
    match &call.probe.request {
        Err(why) => found.push(Difference {
            what: "request".to_owned(),
            theirs: "sent".to_owned(),
            ours: why.message().to_owned(),
        }),
        Ok(request) => {
            let mut ours = Sent::new(request);
            let mut theirs = recorded.request.clone();
            meaning::settle(&mut theirs, &mut ours);
            found.extend(compare::request(&theirs, &ours));
        }
    }
    let (Some(parts), Some(body)) = (recorded.response.parts(), recorded.response.bytes()) else {
        return Err("no answer was recorded");
    };
    let ours = Outcome::ours((call.probe.decode)(&parts, body), None);
    let theirs = expected::of(recorded, call.answer);
    found.extend(compare::answer(&theirs, &ours, None));
    Ok((call.made, found))
}

#[test]
fn every_exchange_is_made_again_or_listed_with_the_reason() {
    let exchanges = recorded();
    let mut made = BTreeMap::<Made, usize>::new();
    let mut reasons = BTreeMap::<Reason, usize>::new();
    let mut known = differences::known();
    let mut problems = Vec::new();
    for recorded in &exchanges {
        match differences(recorded) {
            Err(reason) => *reasons.entry(reason).or_default() += 1,
            Ok((how, found)) if found.is_empty() => *made.entry(how).or_default() += 1,
            Ok((_, found)) => match known.remove(recorded.name.as_str()) {
                Some((reason, what))
                    if found.iter().all(|one| what.contains(&one.what.as_str())) =>
                {
                    *reasons.entry(reason).or_default() += 1;
                }
                _ => {
                    let lines: Vec<_> =
                        found.iter().map(|one| format!("    {}", one.render())).collect();
                    problems.push(format!(
                        "{} ({})\n{}",
                        recorded.name,
                        recorded.server,
                        lines.join("\n")
                    ));
                }
            },
        }
    }
    problems.extend(known.keys().map(|name| format!("{name}: is listed as different but is not")));
    let alike: usize = made.values().sum();
    let mut table =
        format!("{} exchanges of the server: {alike} made again, of which", exchanges.len());
    for (how, count) in &made {
        table.push_str(&format!(" {count} {how:?}"));
    }
    for (reason, count) in &reasons {
        table.push_str(&format!("\n{count:>6} not: {reason}"));
    }
    // Not captured, so that the counts are always to be seen.
    let _ = writeln!(std::io::stderr(), "{table}");
    let listing: Vec<_> = problems.iter().take(90).cloned().collect();
    assert!(problems.is_empty(), "{}\n{} problems", listing.join("\n"), problems.len());
    insta::assert_snapshot!("made_again", table);
}
