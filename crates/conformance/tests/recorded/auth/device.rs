//! The device of the recordings.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gotrue_rs::{
    Assertion, Authenticator, CredentialCreationOptions, CredentialRequestOptions, NewCredential,
};
use serde_json::{Value, json};
use supabase_http::BoxError;

/// Answers as the recorded one did, and keeps what it was asked.
#[derive(Clone)]
pub(crate) struct Device {
    id: &'static str,
    /// What a platform tells of itself.
    is_platform: bool,
    answers: bool,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Device {
    pub(crate) fn platform() -> Self {
        Self { id: "cred-1", is_platform: true, answers: true, asked: Arc::default() }
    }

    pub(crate) fn key() -> Self {
        Self { id: "cred", is_platform: false, ..Self::platform() }
    }

    /// The user declines.
    pub(crate) fn declined() -> Self {
        Self { answers: false, ..Self::platform() }
    }

    /// What it was asked, with bytes as the recordings write them.
    pub(crate) fn asked(&self) -> Value {
        Value::Array(self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn note(&self, what: &str, options: impl serde::Serialize) -> Result<(), BoxError> {
        let mut options = json!(options);
        let bytes = |value: &mut Value| {
            let text = value.as_str().unwrap_or_default();
            let decoded = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
            *value = json!({ "$bytes": STANDARD.encode(decoded) });
        };
        for place in
            ["/challenge", "/user/id", "/excludeCredentials/0/id", "/allowCredentials/0/id"]
        {
            options.pointer_mut(place).map(bytes);
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(json!([what, options]));
        if self.answers { Ok(()) } else { Err("the user declined".into()) }
    }
}

impl Authenticator for Device {
    async fn create(&self, options: CredentialCreationOptions) -> Result<NewCredential, BoxError> {
        self.note("create", options)?;
        let mut made = NewCredential::from_bytes(self.id.as_bytes(), br#"{"t":1}"#, b"attest");
        made.authenticator_attachment = self.is_platform.then(|| "platform".to_owned());
        Ok(made)
    }

    async fn get(&self, options: CredentialRequestOptions) -> Result<Assertion, BoxError> {
        self.note("get", options)?;
        let id = self.id.as_bytes();
        let signed = Assertion::from_bytes(id, br#"{"t":2}"#, b"auth", b"sig");
        Ok(if self.is_platform { signed.user_handle(b"user-1") } else { signed })
    }
}
