//! A recorded case as steps, whichever client it was recorded from.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A recorded case.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) given: Value,
    pub(crate) steps: Vec<Step>,
    /// What the callbacks were told, by their names.
    pub(crate) events: BTreeMap<String, Vec<Value>>,
    pub(crate) result: Value,
}

/// What happened on the wire.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The client opens a websocket; whether it is let in.
    Connect {
        query: Vec<(String, String)>,
        is_opened: bool,
    },
    Out(Value),
    In(Value),
    /// The client closes.
    Close,
    /// The connection ended.
    Closed(Option<u16>),
}

pub(crate) fn cases() -> BTreeMap<String, Case> {
    let read = |text| serde_json::from_str::<Vec<Value>>(text).expect("the data is an array");
    let js =
        read(include_str!("../../data/js/realtime.json")).into_iter().map(|case| javascript(&case));
    let py =
        read(include_str!("../../data/python/realtime.json")).into_iter().map(|case| python(&case));
    js.chain(py).map(|case| (case.id.clone(), case)).collect()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    list(value).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

fn javascript(case: &Value) -> Case {
    let mut steps: Vec<Step> = Vec::new();
    for frame in list(&case["frames"]) {
        let is_out = frame["dir"] == "out";
        let step = if frame.get("connect").is_some() {
            Step::Connect { query: pairs(&frame["connect"]["query"]), is_opened: false }
        } else if frame.get("opened").is_some() {
            for step in steps.iter_mut().rev() {
                if let Step::Connect { is_opened, .. } = step {
                    *is_opened = true;
                    break;
                }
            }
            continue;
        } else if frame.get("close").is_some() {
            Step::Close
        } else if let Some(closed) = frame.get("closed") {
            // The JavaScript client closes its own end of a connection that broke.
            if closed["code"] == 1006 && matches!(steps.last(), Some(Step::Close)) {
                steps.pop();
            }
            let code = closed["code"].as_u64().and_then(|code| u16::try_from(code).ok());
            Step::Closed(code.filter(|code| !matches!(code, 1005 | 1006)))
        } else {
            let content = ["text", "raw_text"].iter().find_map(|key| frame.get(key).cloned());
            let content = content.unwrap_or_else(|| json!({ "base64": frame["base64"] }));
            if is_out { Step::Out(content) } else { Step::In(content) }
        };
        steps.push(step);
    }
    let mut events = BTreeMap::<_, Vec<_>>::new();
    for event in list(&case["events"]) {
        events.entry(text(&event["label"])).or_default().push(event["args"][0].clone());
    }
    Case {
        id: text(&case["id"]),
        given: case["given"].clone(),
        steps,
        events,
        result: case["result"].clone(),
    }
}

/// The Python client sends a heartbeat as soon as it is connected; ours waits for the interval, as the JavaScript
/// client does. Neither the heartbeat nor its answer is compared.
fn is_heartbeat(frame: &Value) -> bool {
    frame["topic"] == "phoenix"
}

fn python(case: &Value) -> Case {
    let query = pairs(&case["exchanges"][0]["request"]["query"]);
    let mut steps = Vec::new();
    for frame in list(&case["frames"]) {
        let is_client = frame["from"] == "client";
        match frame["socket"].as_str() {
            Some("open") => steps.push(Step::Connect { query: query.clone(), is_opened: true }),
            Some("close") if is_client => steps.push(Step::Close),
            Some("close") => steps.push(Step::Closed(Some(1000))),
            Some(_) => steps.push(Step::Closed(None)),
            None if is_heartbeat(&frame["frame"]) => {}
            None if is_client => steps.push(Step::Out(frame["frame"].clone())),
            None => steps.push(Step::In(frame["frame"].clone())),
        }
    }
    let mut events = BTreeMap::<_, Vec<_>>::new();
    for callback in list(&case["callbacks"]) {
        let name = text(&callback["callback"]);
        let args = &callback["args"];
        let (label, event) = match name.split_once(':') {
            None if name == "subscribe" => ("status".to_owned(), args[0].clone()),
            Some(("presence", kind)) => (kind.to_owned(), presence(kind, args)),
            Some(("broadcast", event)) => {
                let mut broadcast = args[0].clone();
                broadcast["type"] = "broadcast".into();
                (event.to_owned(), broadcast)
            }
            Some(("postgres_changes", event)) => (event.to_owned(), change(&args[0]["data"])),
            _ => (name.clone(), args[0].clone()),
        };
        events.entry(label).or_default().push(event);
    }
    Case {
        id: text(&case["id"]),
        given: Value::Null,
        steps,
        events,
        result: case["result"].clone(),
    }
}

fn presence(kind: &str, args: &Value) -> Value {
    match kind {
        "join" => json!({
            "event": "join", "key": args[0], "currentPresences": args[1], "newPresences": args[2]
        }),
        "leave" => json!({
            "event": "leave", "key": args[0], "currentPresences": args[1], "leftPresences": args[2]
        }),
        _ => json!({ "event": "sync" }),
    }
}

/// The server's data in the words of the JavaScript client.
fn change(data: &Value) -> Value {
    let or_empty = |key: &str| data.get(key).filter(|row| row.is_object()).cloned();
    json!({
        "schema": data["schema"], "table": data["table"], "eventType": data["type"],
        "commit_timestamp": data["commit_timestamp"], "errors": data["errors"],
        "new": or_empty("record").unwrap_or_else(|| json!({})),
        "old": or_empty("old_record").unwrap_or_else(|| json!({})),
    })
}
