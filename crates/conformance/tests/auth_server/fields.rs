//! The fields of a recorded body, taken one by one.

use serde_json::{Map, Value};

use crate::Reason;

/// What the types of the call leave no room for.
pub(crate) const MISSING: Reason = "without what the call requires";
const ODD: Reason = "a value of another type than the call takes";

/// What is left of a body or a query.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn of(body: Value) -> Result<Self, Reason> {
        match body {
            Value::Object(fields) => Ok(Self(fields)),
            Value::Null => Ok(Self(Map::new())),
            _ => Err(ODD),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Reason> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ODD),
        }
    }

    pub(crate) fn required(&mut self, name: &str) -> Result<String, Reason> {
        self.text(name)?.ok_or(MISSING)
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>, Reason> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(ODD),
        }
    }

    pub(crate) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Reason> {
        let Some(value) = self.take(name) else { return Ok(None) };
        serde_json::from_value(value).map(Some).map_err(|_| ODD)
    }

    pub(crate) fn captcha(&mut self) -> Option<String> {
        let security = self.take("gotrue_meta_security")?;
        let token = security.get("captcha_token")?.as_str()?;
        (!token.is_empty()).then(|| token.to_owned())
    }
}

/// Calls a method with what there is.
macro_rules! given {
    ($call:expr, $($method:ident: $value:expr),* $(,)?) => {{
        let mut call = $call;
        $(if let Some(value) = $value { call = call.$method(value); })*
        call
    }};
}
pub(crate) use given;
