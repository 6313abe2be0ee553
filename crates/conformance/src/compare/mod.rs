//! The one comparison. Everything that is deemed equal although its bytes differ is listed here.
//!
//! A request is equal when these are:
//! 1. the method, the scheme and the authority;
//! 2. the path, segment by segment after percent-decoding;
//! 3. the decoded query: the same keys, and for each key the same values in the same order. The order of
//!    different keys means nothing. `columns` is compared as the set of the names it lists, quoted or bare.
//!    A write that asks for its rows may leave out `select=*`;
//! 4. `Prefer`, as a set of tokens;
//! 5. the body, by value: JSON as JSON, a form with files by its parts (a boundary means nothing), no body only as
//!    no body;
//!    For the auth service a field that is null is no field, nor is `data` without entries, nor `gotrue_meta_security`
//!    without a token, nor the id of a factor, which its path names; nor is an empty value one of the query. Random texts are compared by their form;
//!    In a form for the storage the names of the part with the file mean nothing, and its `metadata` is JSON;
//! 6. every other header, except [`IGNORED_HEADERS`] (`x-client-info` only where each client names itself or nobody),
//!    `accept: */*`, the profile header that the server does not read for the method (`content-profile` on
//!    GET and HEAD, `accept-profile` elsewhere), and the `content-type` of a request without a body.
//!
//! An answer is equal when these are:
//! 1. both calls succeed or both fail;
//! 2. what we decoded, serialised again, holds everything that the recorded client returned. An answer
//!    without a body may be `null`, `[]` or `""`: each client has its own word for nothing;
//! 3. the total, wherever the call asks for one;
//! 4. of an error the status, code, message, details and hint; absent, `null` and `""` are the same. Where no
//!    answer came (the transport failed, the caller left, the client refused its input), only the failure
//!    itself is compared: such texts belong to each platform;
//! 5. of the auth service, whatever its recorded client tells: an empty object, list or text, null and nothing at all are the
//!    same; of an error the status and the message, and the code if it tells one. Where its client failed in words of its own
//!    (no session, an answer that it cannot read), only the failure itself is compared. Of the claims of a
//!    token, its header and its signature are not: the caller gave them. URLs are compared without the order
//!    of their query;
//! 6. of an error of an edge function also who failed, the function or the relay before it. The JavaScript client's
//!    texts for these are fixed and say nothing, but it hands on the answer: its body is compared instead;
//! 7. bytes as the JSON or the text that they hold, if they hold any: the recordings keep no blanks of a JSON answer.
//! 8. of the storage a message of success as nothing, an URL as its parts, a time of the Python client with as many
//!    digits as the service sent. An error of it has the status that its body tells; the code of the Python client's is the
//!    body's label `error`, which is looked up. What the Python client fills with nulls is absent. The JavaScript
//!    client's empty object of an answer without a body is nothing, and its code of a catalog's error is the type.
//!
//! Requests that were recorded at the server (`tests/server`) are put in the words of what the server reads in them before they
//! come here; `tests/server/meaning.rs` lists what says nothing there.

mod answer;
mod auth;
mod functions;
mod request;
mod storage;

pub use answer::{Failure, Outcome, Seen, answer, auth_answer, expected};
pub use functions::plain;
pub use request::{IGNORED_HEADERS, Sent, request};
pub use storage::url;

use crate::deviation::Diff;

/// One difference that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which part.
    pub what: String,
    /// The recorded value.
    pub theirs: String,
    /// Our value.
    pub ours: String,
}

impl Difference {
    pub(crate) fn new(
        what: impl Into<String>,
        theirs: impl Into<String>,
        ours: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), theirs: theirs.into(), ours: ours.into() }
    }

    /// The difference as one would write it in a table.
    #[must_use]
    pub fn render(&self) -> String {
        format!("d({:?}, {:?}, {:?})", self.what, self.theirs, self.ours)
    }
}

impl From<&Diff> for Difference {
    fn from(written: &Diff) -> Self {
        Self::new(written.what, written.theirs, written.ours)
    }
}

#[cfg(test)]
mod tests;
