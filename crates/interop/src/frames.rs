//! The frames of protocol 2.0.0, from the server's side.

use serde_json::Value;

/// What is written to a client.
#[derive(Debug, Clone)]
pub(crate) enum Out {
    Text(Value),
    Binary(Vec<u8>),
}

/// A broadcast of kind 3.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) join_ref: String,
    pub(crate) reference: String,
    pub(crate) topic: String,
    event: String,
    encoding: u8,
    payload: Vec<u8>,
}

impl Pushed {
    /// Reads it; `None` for bytes that are none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_at_checked(7)?;
        if head[0] != 3 {
            return None;
        }
        let mut name = |at: usize| {
            let (name, after) = rest.split_at_checked(usize::from(head[at]))?;
            rest = after;
            String::from_utf8(name.to_vec()).ok()
        };
        let (join_ref, reference, topic) = (name(1)?, name(2)?, name(3)?);
        let (event, _metadata) = (name(4)?, name(5)?);
        Some(Self {
            join_ref,
            reference,
            topic,
            event,
            encoding: u8::from(head[6] != 0),
            payload: rest.to_vec(),
        })
    }

    /// The same as the others get it: kind 4.
    pub(crate) fn for_others(&self) -> Option<Out> {
        let length = |text: &str| u8::try_from(text.len()).ok();
        let mut frame = vec![4, length(&self.topic)?, length(&self.event)?, 0, self.encoding];
        frame.extend(self.topic.as_bytes());
        frame.extend(self.event.as_bytes());
        frame.extend(&self.payload);
        Some(Out::Binary(frame))
    }
}
