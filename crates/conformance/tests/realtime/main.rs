//! What the official clients do on a websocket, done with this SDK: the same frames for the same calls, and the same
//! events for the same frames. The data was recorded from the clients against scripted servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod player;
mod room;
mod script;
mod stories;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use realtime_rs::RealtimeBuilder;
use serde_json::Value;

use crate::room::Room;
use crate::script::Case;
use crate::stories::{ALL, NOT_WRITABLE};

/// Makes the calls of a case; gives what they resolved to, if that is compared.
pub(crate) type Tell =
    for<'a> fn(&'a mut Room) -> Pin<Box<dyn Future<Output = Option<Value>> + 'a>>;

/// A case and its calls.
pub(crate) struct Story {
    id: &'static str,
    client: fn(RealtimeBuilder) -> RealtimeBuilder,
    tell: Tell,
    /// Where it differs, in the words of the comparison, and why.
    differs: Option<(&'static str, &'static [&'static str])>,
}

impl Story {
    pub(crate) const fn new(id: &'static str, tell: Tell) -> Self {
        Self { id, client: |builder| builder, tell, differs: None }
    }

    pub(crate) const fn with(mut self, client: fn(RealtimeBuilder) -> RealtimeBuilder) -> Self {
        self.client = client;
        self
    }

    pub(crate) const fn differs(mut self, why: &'static str, how: &'static [&'static str]) -> Self {
        self.differs = Some((why, how));
        self
    }
}

/// Plays a case; gives the differences.
fn play(story: &Story, case: &Case) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let (door, mut player) = player::player(&case.steps);
        let mut room = Room::new(case, door, story.client);
        let told = async {
            let told = tokio::time::timeout(Duration::from_secs(600), (story.tell)(&mut room));
            told.await
        };
        let (told, ()) = tokio::join!(told, player.play(&case.steps));
        room.settle().await;
        let mut differences = std::mem::take(&mut player.differences);
        match told {
            Err(_) => differences.push("the calls did not end".to_owned()),
            Ok(Some(ours))
                if ours == room::REFUSED
                    && (case.result.get("throws").is_some()
                        || case.result.get("error").is_some()) => {}
            Ok(Some(ours)) if ours != case.result => {
                differences.push(format!("result: {ours}, recorded {}", case.result));
            }
            Ok(_) => {}
        }
        let log = room.log.lock().expect("nobody panicked").clone();
        differences.extend(compare(&case.events, &log));
        differences
    })
}

fn compare(
    theirs: &BTreeMap<String, Vec<Value>>,
    ours: &BTreeMap<String, Vec<Value>>,
) -> Vec<String> {
    let labels: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
    let none = Vec::new();
    let mut differences = Vec::new();
    for label in labels {
        let (theirs, ours) = (theirs.get(label).unwrap_or(&none), ours.get(label).unwrap_or(&none));
        // Why a channel was not joined is worded by each client in its own way: an error and a time limit are one.
        let word = |event: &Value| match event.as_str() {
            Some("TIMED_OUT") => "CHANNEL_ERROR".into(),
            _ => event.clone(),
        };
        let theirs: Vec<Value> = theirs.iter().map(word).collect();
        if theirs != *ours {
            let show = |events: &[Value]| Value::from(events.to_vec()).to_string();
            differences.push(format!("{label}: {}, recorded {}", show(ours), show(&theirs)));
        }
    }
    differences
}

/// How many stories differ. It may only fall.
const DIFFERENT: usize = 31;
/// How many cases have no calls here. It may only fall.
const IMPOSSIBLE: usize = 27;

#[test]
fn every_recorded_story_is_told_or_listed() {
    let cases = script::cases();
    let mut left: BTreeSet<_> = cases.keys().cloned().collect();
    let (mut matched, mut different) = (0, 0);
    let mut problems = Vec::new();
    for story in ALL.into_iter().flatten() {
        let Some(case) = cases.get(story.id) else {
            problems.push(format!("{}: no such case", story.id));
            continue;
        };
        if !left.remove(story.id) {
            problems.push(format!("{}: told twice", story.id));
        }
        let found = play(story, case);
        match story.differs {
            None if found.is_empty() => matched += 1,
            None => problems.push(format!("{}:\n    {}", story.id, found.join("\n    "))),
            Some((_, how)) if found == how => different += 1,
            Some(_) => problems.push(format!(
                "{}: differs in another way than written:\n    {}",
                story.id,
                found.join("\n    ")
            )),
        }
    }
    for (id, _) in NOT_WRITABLE {
        if !left.remove(*id) {
            problems.push(format!("{id}: no such case, or it is told"));
        }
    }
    problems.extend(left.iter().map(|id| format!("{id}: is neither told nor listed")));
    use std::io::Write as _;
    let _ = writeln!(
        std::io::stderr(),
        "realtime: {} cases, {matched} matched, {different} differ as written, {} not writable",
        cases.len(),
        NOT_WRITABLE.len(),
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!((different, NOT_WRITABLE.len()), (DIFFERENT, IMPOSSIBLE), "these numbers only fall");
}

/// Whether the comparison notices: a changed frame, a changed event and a frame more are all found.
#[test]
fn what_is_changed_is_noticed() {
    let cases = script::cases();
    let mut unnoticed = Vec::new();
    let mut tried = 0;
    for story in ALL.into_iter().flatten().filter(|story| story.differs.is_none()) {
        let Some(mut case) = cases.get(story.id).cloned() else { continue };
        let out = case.steps.iter_mut().rev().find_map(|step| match step {
            script::Step::Out(frame) if frame.get("base64").is_none() => Some(frame),
            _ => None,
        });
        let Some(frame) = out else { continue };
        tried += 1;
        if frame.is_array() {
            frame[2] = "changed".into()
        } else {
            frame["topic"] = "changed".into()
        }
        if play(story, &case).is_empty() {
            unnoticed.push(story.id);
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(unnoticed, [""; 0]);
    let mut tried = 0;
    for story in ALL.into_iter().flatten().filter(|story| story.differs.is_none()) {
        let Some(mut case) = cases.get(story.id).cloned() else { continue };
        let Some(events) = case.events.values_mut().next() else { continue };
        tried += 1;
        events.push("changed".into());
        if play(story, &case).is_empty() {
            unnoticed.push(story.id);
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(unnoticed, [""; 0]);
}
