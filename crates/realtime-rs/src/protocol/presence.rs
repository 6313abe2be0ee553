//! The presence state of a channel: the merge that all official clients share.
//!
//! [The algorithm](https://hexdocs.pm/phoenix/js/) is Phoenix's: a state replaces, a diff adds and then removes, and
//! diffs that arrive before the state of their join wait for it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// One presence of a key: a connection that tracks itself under it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meta {
    pub(crate) reference: String,
    pub(crate) data: Map<String, Value>,
}

/// A peer that tracks a field `phx_ref` of its own makes the key appear twice: the first one is the server's.
impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Meta;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a presence")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Meta, A::Error> {
                let mut reference = None;
                let mut data = Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value: Value = map.next_value()?;
                    match (key.as_str(), value) {
                        ("phx_ref", Value::String(text)) => {
                            reference.get_or_insert(text);
                        }
                        ("phx_ref" | "phx_ref_prev", _) => {}
                        (_, value) => {
                            data.insert(key, value);
                        }
                    }
                }
                let reference = reference.unwrap_or_default();
                Ok(Meta { reference, data })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The presences of one key.
pub(crate) type Metas = Vec<Arc<Meta>>;

type Entries = BTreeMap<String, Metas>;

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Join {
        key: String,
        current: Metas,
        joined: Metas,
    },
    Leave {
        key: String,
        remaining: Metas,
        left: Metas,
    },
    Sync,
}

impl Change {
    /// What it keeps beside the message that it came in.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Join {
                key,
                current: before,
                joined: moved,
            }
            | Self::Leave {
                key,
                remaining: before,
                left: moved,
            } => key.len() + size_of::<Arc<Meta>>() * (before.len() + moved.len()),
            Self::Sync => 0,
        }
    }
}

#[derive(Debug, serde::Deserialize)]
struct Listed {
    metas: Vec<Meta>,
}

/// A `presence_state`.
#[derive(Debug)]
pub(crate) struct State(Entries);

/// A `presence_diff`.
#[derive(Debug, serde::Deserialize)]
struct WireDiff {
    #[serde(default)]
    joins: BTreeMap<String, Listed>,
    #[serde(default)]
    leaves: BTreeMap<String, Listed>,
}

/// A `presence_diff`, read.
#[derive(Debug)]
pub(crate) struct Diff {
    joins: Entries,
    leaves: Entries,
}

fn entries(listed: BTreeMap<String, Listed>) -> Entries {
    listed
        .into_iter()
        .map(|(key, listed)| (key, listed.metas.into_iter().map(Arc::new).collect()))
        .collect()
}

pub(crate) fn read_state(payload: &[u8]) -> Option<State> {
    serde_json::from_slice(payload).ok().map(entries).map(State)
}

pub(crate) fn read_diff(payload: &[u8]) -> Option<Diff> {
    let diff: WireDiff = serde_json::from_slice(payload).ok()?;
    Some(Diff {
        joins: entries(diff.joins),
        leaves: entries(diff.leaves),
    })
}

/// How many diffs wait for a state that does not come; more than that, and the oldest go.
const MAX_WAITING: usize = 1000;
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Who is there.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    entries: Entries,
    synced: bool,
    /// Each with the bytes that it came in.
    waiting: VecDeque<(usize, Diff)>,
    waiting_bytes: usize,
}

impl Presences {
    /// A new join: its state comes anew.
    pub(crate) fn rejoined(&mut self) {
        self.synced = false;
        self.waiting.clear();
        self.waiting_bytes = 0;
    }

    pub(crate) fn entries(&self) -> &Entries {
        &self.entries
    }

    pub(crate) fn state(&mut self, State(new): State) -> Vec<Change> {
        let mut joins = Entries::new();
        let mut leaves = Entries::new();
        for (key, metas) in &self.entries {
            if !new.contains_key(key) {
                leaves.insert(key.clone(), metas.clone());
            }
        }
        for (key, metas) in new {
            let current = self.entries.get(&key).map_or(&[][..], Vec::as_slice);
            let left = without(current, &metas);
            let joined = without(&metas, current);
            if !joined.is_empty() {
                joins.insert(key.clone(), joined);
            }
            if !left.is_empty() {
                leaves.insert(key, left);
            }
        }
        self.synced = true;
        let mut changes = self.apply(Diff { joins, leaves });
        self.waiting_bytes = 0;
        for (_, diff) in std::mem::take(&mut self.waiting) {
            changes.extend(self.apply(diff));
        }
        changes.push(Change::Sync);
        changes
    }

    /// Merges a diff that came in so many bytes.
    pub(crate) fn diff(&mut self, diff: Diff, bytes: usize) -> Vec<Change> {
        if !self.synced {
            self.waiting.push_back((bytes, diff));
            self.waiting_bytes += bytes;
            while self.waiting.len() > MAX_WAITING || self.waiting_bytes > MAX_WAITING_BYTES {
                let Some((bytes, _)) = self.waiting.pop_front() else {
                    break;
                };
                self.waiting_bytes -= bytes;
            }
            return Vec::new();
        }
        let mut changes = self.apply(diff);
        changes.push(Change::Sync);
        changes
    }

    fn apply(&mut self, diff: Diff) -> Vec<Change> {
        let mut changes = Vec::new();
        for (key, joined) in diff.joins {
            let current = self.entries.remove(&key).unwrap_or_default();
            let mut all = without(&current, &joined);
            all.extend(joined.iter().cloned());
            self.entries.insert(key.clone(), all);
            changes.push(Change::Join {
                key,
                current,
                joined,
            });
        }
        for (key, left) in diff.leaves {
            let Some(current) = self.entries.get_mut(&key) else {
                continue;
            };
            let remaining = without(current, &left);
            current.clone_from(&remaining);
            if remaining.is_empty() {
                self.entries.remove(&key);
            }
            changes.push(Change::Leave {
                key,
                remaining,
                left,
            });
        }
        changes
    }
}

/// Those of `metas` whose refs are not among `others`.
fn without(metas: &[Arc<Meta>], others: &[Arc<Meta>]) -> Metas {
    metas
        .iter()
        .filter(|meta| others.iter().all(|other| other.reference != meta.reference))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(presences: &mut Presences, json: &str) -> Vec<Change> {
        presences.state(read_state(json.as_bytes()).unwrap())
    }

    fn diff(presences: &mut Presences, json: &str) -> Vec<Change> {
        presences.diff(read_diff(json.as_bytes()).unwrap(), json.len())
    }

    fn refs(presences: &Presences) -> Vec<(String, Vec<String>)> {
        let refs = |metas: &Metas| metas.iter().map(|meta| meta.reference.clone()).collect();
        presences
            .entries()
            .iter()
            .map(|(key, metas)| (key.clone(), refs(metas)))
            .collect()
    }

    #[test]
    fn an_update_leaves_no_ghost() {
        let mut here = Presences::default();
        state(&mut here, r#"{"a":{"metas":[{"phx_ref":"1","n":1}]}}"#);
        let changes = diff(
            &mut here,
            r#"{"joins":{"a":{"metas":[{"phx_ref":"2","phx_ref_prev":"1","n":2}]}},
                "leaves":{"a":{"metas":[{"phx_ref":"1","n":1}]}}}"#,
        );
        assert!(matches!(&changes[0], Change::Join { current, joined, .. }
            if current[0].reference == "1" && joined[0].data["n"] == 2 && joined[0].data.len() == 1));
        assert!(matches!(&changes[1], Change::Leave { remaining, left, .. }
            if remaining[0].reference == "2" && left[0].reference == "1"));
        assert_eq!(changes[2], Change::Sync);
        assert_eq!(refs(&here), [("a".to_owned(), vec!["2".to_owned()])]);
    }

    #[test]
    fn diffs_before_the_state_wait_and_unknown_leaves_pass() {
        let mut here = Presences::default();
        let gone =
            r#"{"leaves":{"nobody":{"metas":[{"phx_ref":"9"}]},"b":{"metas":[{"phx_ref":"2"}]}}}"#;
        assert_eq!(diff(&mut here, gone), []);
        let changes = state(
            &mut here,
            r#"{"a":{"metas":[{"phx_ref":"1"}]},"b":{"metas":[{"phx_ref":"2"}]}}"#,
        );
        assert_eq!(
            changes
                .iter()
                .filter(|change| **change == Change::Sync)
                .count(),
            1
        );
        assert_eq!(refs(&here), [("a".to_owned(), vec!["1".to_owned()])]);
    }

    #[test]
    fn a_new_state_joins_and_leaves() {
        let mut here = Presences::default();
        state(
            &mut here,
            r#"{"a":{"metas":[{"phx_ref":"1"}]},"b":{"metas":[{"phx_ref":"2"}]}}"#,
        );
        here.rejoined();
        let changes = state(
            &mut here,
            r#"{"b":{"metas":[{"phx_ref":"3"}]},"c":{"metas":[{"phx_ref":"4"}]}}"#,
        );
        assert_eq!(changes.len(), 5, "{changes:?}");
        assert_eq!(
            refs(&here),
            [
                ("b".to_owned(), vec!["3".to_owned()]),
                ("c".to_owned(), vec!["4".to_owned()])
            ]
        );
    }

    #[test]
    fn a_forged_ref_does_not_replace_the_servers() {
        let mut here = Presences::default();
        state(
            &mut here,
            r#"{"a":{"metas":[{"phx_ref":"1","phx_ref":"forged","x":1}]}}"#,
        );
        assert_eq!(refs(&here), [("a".to_owned(), vec!["1".to_owned()])]);
        assert!(read_state(b"[]").is_none() && read_diff(b"7").is_none());
    }

    #[test]
    fn waiting_diffs_are_bounded() {
        let mut here = Presences::default();
        for _ in 0..3 * MAX_WAITING {
            diff(&mut here, r#"{"joins":{},"leaves":{}}"#);
        }
        assert_eq!(here.waiting.len(), MAX_WAITING);
        let large = format!(
            r#"{{"leaves":{{"{}":{{"metas":[]}}}}}}"#,
            "k".repeat(1 << 20)
        );
        for _ in 0..40 {
            diff(&mut here, &large);
        }
        assert_eq!(here.waiting.len(), 15, "16 MiB hold 15 of them");
        here.rejoined();
        assert_eq!((here.waiting.len(), here.waiting_bytes), (0, 0));
    }
}
