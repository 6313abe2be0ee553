//! Who is in which room, and what each is told.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc;

use crate::frames::{Out, Pushed};

/// Something that a client asked for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Heard {
    /// The event: `phx_join`, `access_token` and so on.
    pub event: String,
    /// The topic, with the `realtime:` of the wire.
    pub topic: String,
    /// Its payload.
    pub payload: Value,
}

/// A client on a topic.
struct Member {
    out: mpsc::UnboundedSender<Out>,
    join_ref: Value,
    is_acknowledged: bool,
    hears_itself: bool,
    has_presence: bool,
    key: String,
    shown: Option<Map<String, Value>>,
}

/// All topics, and what was heard on them.
#[derive(Default)]
pub(crate) struct Rooms {
    /// By topic and by connection.
    members: HashMap<String, HashMap<u64, Member>>,
    last_ref: u64,
    pub(crate) heard: Vec<Heard>,
}

type Sender = mpsc::UnboundedSender<Out>;

fn reply(out: &Sender, frame: &[Value; 4], status: &str, response: &Value) {
    let [join_ref, reference, topic, _] = frame;
    let payload = json!({ "status": status, "response": response });
    // A client that went away needs no answer.
    let _ = out.send(Out::Text(json!([join_ref, reference, topic, "phx_reply", payload])));
}

impl Rooms {
    /// A text frame of the connection `id`.
    pub(crate) fn text(&mut self, id: u64, out: &Sender, frame: &Value) {
        let head = [0, 1, 2, 3].map(|index| frame[index].clone());
        let payload = &frame[4];
        let (topic, event) = (text(&frame[2]), text(&frame[3]));
        if event == "heartbeat" {
            return reply(out, &head, "ok", &json!({}));
        }
        self.heard.push(Heard {
            event: event.clone(),
            topic: topic.clone(),
            payload: payload.clone(),
        });
        if event == "phx_join" {
            return self.join(id, out, &head, payload);
        }
        let Some(member) = self.members.get(&topic).and_then(|room| room.get(&id)) else {
            let status = if event == "phx_leave" { "ok" } else { "error" };
            return reply(out, &head, status, &json!({ "reason": "unmatched topic" }));
        };
        match event.as_str() {
            "phx_leave" => {
                let join_ref = member.join_ref.clone();
                reply(out, &head, "ok", &json!({}));
                let closed = json!([join_ref, join_ref, topic, "phx_close", {}]);
                let _ = out.send(Out::Text(closed));
                self.leave(id, &topic);
            }
            "broadcast" => {
                let acknowledged = member.is_acknowledged;
                let others = Out::Text(json!([null, null, topic, "broadcast", payload]));
                self.tell(&topic, id, &others);
                if acknowledged {
                    reply(out, &head, "ok", &json!({}));
                }
            }
            "presence" => {
                let tracks = payload["event"] == "track";
                let shown = tracks.then(|| payload["payload"].as_object().cloned());
                self.show(id, &topic, shown.map(Option::unwrap_or_default));
                reply(out, &head, "ok", &json!({}));
            }
            // A new token is taken without a word.
            _ => {}
        }
    }

    /// A binary frame of the connection `id`; what is none is dropped.
    pub(crate) fn binary(&mut self, id: u64, out: &Sender, bytes: &[u8]) {
        let Some(pushed) = Pushed::read(bytes) else {
            return;
        };
        let room = self.members.get(&pushed.topic);
        let Some(member) = room.and_then(|room| room.get(&id)) else {
            return;
        };
        let acknowledged = member.is_acknowledged;
        if let Some(others) = pushed.for_others() {
            self.tell(&pushed.topic, id, &others);
        }
        if acknowledged {
            let Pushed { join_ref, reference, topic, .. } = pushed;
            let head = [join_ref.into(), reference.into(), topic.into(), Value::Null];
            reply(out, &head, "ok", &json!({}));
        }
    }

    /// The connection ended.
    pub(crate) fn gone(&mut self, id: u64) {
        let topics: Vec<String> = self.members.keys().cloned().collect();
        for topic in topics {
            self.leave(id, &topic);
        }
    }

    fn join(&mut self, id: u64, out: &Sender, head: &[Value; 4], payload: &Value) {
        let config = &payload["config"];
        let key = text(&config["presence"]["key"]);
        let member = Member {
            out: out.clone(),
            join_ref: head[0].clone(),
            is_acknowledged: config["broadcast"]["ack"] == true,
            hears_itself: config["broadcast"]["self"] == true,
            has_presence: config["presence"]["enabled"] == true,
            key: if key.is_empty() { format!("connection-{id}") } else { key },
            shown: None,
        };
        let has_presence = member.has_presence;
        let topic = text(&head[2]);
        let room = self.members.entry(topic.clone()).or_default();
        room.insert(id, member);
        reply(out, head, "ok", &json!({ "postgres_changes": [] }));
        if has_presence {
            let mut state = Map::new();
            for member in room.values() {
                if let Some(shown) = &member.shown {
                    add(&mut state, &member.key, shown);
                }
            }
            let frame = json!([head[0], null, topic, "presence_state", state]);
            let _ = out.send(Out::Text(frame));
        }
    }

    fn leave(&mut self, id: u64, topic: &str) {
        self.show(id, topic, None);
        if let Some(room) = self.members.get_mut(topic) {
            room.remove(&id);
        }
    }

    /// What a client shows from now on.
    fn show(&mut self, id: u64, topic: &str, shown: Option<Map<String, Value>>) {
        self.last_ref += 1;
        let reference = format!("ref-{}", self.last_ref);
        let room = self.members.get_mut(topic);
        let Some(member) = room.and_then(|room| room.get_mut(&id)) else {
            return;
        };
        let shown = shown.map(|mut shown| {
            shown.insert("phx_ref".to_owned(), reference.into());
            shown
        });
        let (mut joins, mut leaves) = (Map::new(), Map::new());
        if let Some(shown) = &shown {
            add(&mut joins, &member.key, shown);
        }
        if let Some(before) = std::mem::replace(&mut member.shown, shown) {
            add(&mut leaves, &member.key, &before);
        }
        if joins.is_empty() && leaves.is_empty() {
            return;
        }
        let payload = json!({ "joins": joins, "leaves": leaves });
        let frame = Out::Text(json!([null, null, topic, "presence_diff", payload]));
        for member in self.members.get(topic).into_iter().flat_map(HashMap::values) {
            let _ = member.out.send(frame.clone());
        }
    }

    fn tell(&self, topic: &str, from: u64, frame: &Out) {
        for (id, member) in self.members.get(topic).into_iter().flatten() {
            if *id != from || member.hears_itself {
                let _ = member.out.send(frame.clone());
            }
        }
    }
}

fn add(state: &mut Map<String, Value>, key: &str, shown: &Map<String, Value>) {
    let entry = state.entry(key.to_owned()).or_insert_with(|| json!({ "metas": [] }));
    if let Some(metas) = entry["metas"].as_array_mut() {
        metas.push(Value::Object(shown.clone()));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
