//! What an invocation carries: a body and its content type.

use http::HeaderValue;
use serde::Serialize;
use supabase_http::{Body, Error, Result, encode_into};

/// A body with the content type that goes with it, unless the caller sets another.
pub(crate) struct Content {
    pub(crate) body: Body,
    pub(crate) kind: HeaderValue,
}

impl Content {
    pub(crate) fn json(value: &(impl Serialize + ?Sized)) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(|why| {
            Error::request_caused_by("the body of the invocation cannot be written as JSON", why)
        })?;
        Ok(Self::new(bytes, "application/json"))
    }

    pub(crate) fn text(text: String) -> Self {
        Self::new(text, "text/plain")
    }

    pub(crate) fn bytes(body: impl Into<Body>) -> Self {
        Self::new(body, "application/octet-stream")
    }

    pub(crate) fn form<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut text = String::new();
        for (name, value) in pairs {
            if !text.is_empty() {
                text.push('&');
            }
            encode_into(&mut text, name.as_ref());
            text.push('=');
            encode_into(&mut text, value.as_ref());
        }
        Self::new(text, "application/x-www-form-urlencoded")
    }

    #[cfg(feature = "multipart")]
    pub(crate) fn multipart(form: supabase_http::Multipart) -> Result<Self> {
        let kind = form.content_type();
        Ok(Self {
            body: form.into_body()?,
            kind,
        })
    }

    fn new(body: impl Into<Body>, kind: &'static str) -> Self {
        Self {
            body: body.into(),
            kind: HeaderValue::from_static(kind),
        }
    }
}
