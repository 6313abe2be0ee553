//! Tokens: asked for at each join and with each heartbeat, and pushed when they change.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::to_raw_value;
use supabase_http::{AccessToken, BoxError, Error, TokenChange};
use tokio::time::Instant;

use super::channels::State;
use super::{Core, Effect};
use crate::SERVICE;

#[derive(Serialize)]
struct Payload<'a> {
    access_token: &'a str,
}

impl Core {
    pub(super) fn ask(&mut self) {
        if !self.asking {
            self.asking = true;
            self.effects.push_back(Effect::AskToken);
        }
    }

    /// The answer to [`Effect::AskToken`].
    pub(crate) fn token(&mut self, token: Result<Option<AccessToken>, BoxError>, now: Instant) {
        self.asking = false;
        if std::mem::take(&mut self.stale) {
            self.ask();
            return;
        }
        match token {
            Ok(token) => {
                if self.has_source {
                    self.refresh(token.as_ref(), now);
                }
                self.join_some(token.as_ref(), now);
            }
            Err(cause) => {
                let error = Error::credential_caused_by(
                    format!("no access token could be had: {cause}"),
                    cause,
                );
                let error = Arc::new(error.with_context(SERVICE, "subscribe"));
                for id in std::mem::take(&mut self.turn) {
                    self.retry_later(id, &error, now);
                }
            }
        }
        self.settle(now);
    }

    /// The source tells of a change by itself.
    pub(crate) fn token_changed(&mut self, change: TokenChange, now: Instant) {
        self.stale = self.asking;
        match change {
            TokenChange::Refreshed(token) => self.refresh(Some(&token), now),
            // The server would keep the rights of the past until the old token expires.
            _ => {
                for id in self.ids(|state| matches!(state, State::Joined | State::Joining)) {
                    self.rejoin(id, now);
                }
                self.retry_refused(None);
            }
        }
        self.settle(now);
    }

    fn ids(&self, filter: impl Fn(State) -> bool) -> Vec<u64> {
        let entries = self.entries.iter().filter(|(_, entry)| filter(entry.state));
        let mut ids: Vec<u64> = entries.map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// Tells the server of a token that it does not know yet.
    fn refresh(&mut self, token: Option<&AccessToken>, now: Instant) {
        for id in self.ids(|state| state == State::Joined) {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if entry.token.as_ref() == token {
                continue;
            }
            let Some(token) = token else {
                self.rejoin(id, now);
                continue;
            };
            let payload = to_raw_value(&Payload {
                access_token: token.expose(),
            });
            let (Ok(payload), topic, join_ref) =
                (payload, Arc::clone(&entry.topic), entry.join_ref)
            else {
                continue;
            };
            entry.token = Some(token.clone());
            let reference = self.next_ref();
            self.send(join_ref, reference, &topic, "access_token", &payload);
        }
        self.retry_refused(token);
    }

    /// Whoever waits for another token need not wait any longer.
    fn retry_refused(&mut self, token: Option<&AccessToken>) {
        for id in self.ids(|state| state == State::Away) {
            let waits = self
                .entries
                .get(&id)
                .is_some_and(|entry| entry.refused.is_some() && entry.refused.as_ref() != token);
            if waits {
                self.want_join(id);
            }
        }
    }
}
