//! What an answer of the service says went wrong.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;
use serde_json::Value;
use supabase_http::{ApiError, Error};

/// The error that an answer is.
///
/// Most errors come with the HTTP status 400 and tell the real one in the body's `statusCode`
/// ([`Error::status`] is that one). An Iceberg catalog nests its error in `error`, resumable uploads answer plain text.
pub(crate) fn of(parts: &Parts, body: Bytes) -> Error {
    Error::api(told(parts, body))
}

/// The error that the answer to a read of an object is. The routes that serve public buckets too do not say that they refused
/// a token: they say that there is no bucket, as if nobody were signed in.
pub(crate) fn of_read(parts: &Parts, body: Bytes) -> Error {
    let error = told(parts, body);
    if error.code() == Some(NO_SUCH_BUCKET) {
        return Error::api(error.with_hint(
            "there is no such bucket, or the service refused the key or token of the caller: it answers both alike",
        ));
    }
    Error::api(error)
}

/// Whether a read failed for want of a bucket, which a refused token looks like.
pub(crate) fn is_no_bucket(error: &Error) -> bool {
    error.code() == Some(NO_SUCH_BUCKET)
}

const NO_SUCH_BUCKET: &str = "NoSuchBucket";

fn told(parts: &Parts, body: Bytes) -> ApiError {
    let fields = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let mut error = ApiError::new(parts, body);
    if let Some(nested) = fields.get("error").filter(|nested| nested.is_object()) {
        let text = |name: &str| nested.get(name).and_then(Value::as_str);
        if let Some(message) = text("message") {
            error = error.with_message(message);
        }
        if let Some(kind) = text("type") {
            error = error.with_code(kind);
        }
    }
    if let Some(status) = fields.get("statusCode").and_then(status) {
        error = error.with_status(status);
    }
    error
}

/// A status as the service writes it: a text, of old servers a number.
fn status(value: &Value) -> Option<StatusCode> {
    let number = match value {
        Value::String(text) => text.parse().ok()?,
        other => u16::try_from(other.as_u64()?).ok()?,
    };
    StatusCode::from_u16(number)
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error())
}

/// Whether an answer means that the access token was refused, and not that the user may not do something: both come as
/// 400 with 403 in the body, and only the message tells them apart.
pub(crate) fn token_rejected(parts: &Parts, body: &[u8]) -> bool {
    if !matches!(parts.status.as_u16(), 400 | 401 | 403) {
        return false;
    }
    says_token_refused(body)
}

/// The same by the body alone.
pub(crate) fn says_token_refused(body: &[u8]) -> bool {
    let Ok(fields) = serde_json::from_slice::<Value>(body) else {
        return false;
    };
    // An Iceberg catalog nests its error.
    let nested = fields.get("error").filter(|nested| nested.is_object());
    let (fields, code) = nested.map_or((&fields, "code"), |nested| (nested, "type"));
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    if !matches!(text(code), "AccessDenied" | "InvalidJWT") {
        return false;
    }
    [
        "Invalid Compact JWS",
        "signature verification failed",
        "\"exp\" claim timestamp check failed",
        "jwt expired",
    ]
    .contains(&text("message"))
}

/// The service's own code of an error, for what the predicates of [`Error`] do not tell.
///
/// ```
/// # fn demo(error: &storage_rs::Error) {
/// use storage_rs::ErrorCode;
///
/// match ErrorCode::of(error) {
///     Some(ErrorCode::NoSuchBucket) => println!("make the bucket first"),
///     Some(ErrorCode::Other(code)) => println!("{code}"),
///     _ => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The object does not exist, or is not to be seen by this user.
    NoSuchKey,
    /// The bucket does not exist, or is not to be seen by this user.
    NoSuchBucket,
    /// The upload does not exist any more.
    NoSuchUpload,
    /// There is an object of this name.
    KeyAlreadyExists,
    /// There is a bucket of this name.
    BucketAlreadyExists,
    /// Something of this name exists.
    ResourceAlreadyExists,
    /// The bucket still holds objects.
    ResourceNotEmpty,
    /// The user may not do this, or the token is not valid.
    AccessDenied,
    /// The name of the object is not allowed.
    InvalidKey,
    /// The name of the bucket is not allowed.
    InvalidBucketName,
    /// The token is malformed or expired.
    InvalidJwt,
    /// A signed URL is not for this object or this use.
    InvalidSignature,
    /// The object is larger than the bucket or the project allows.
    EntityTooLarge,
    /// The bucket does not take this media type.
    InvalidMimeType,
    /// The object has no such bytes.
    InvalidRange,
    /// The request is not as the service expects it; the message says where.
    InvalidRequest,
    /// Another request works on the object.
    ResourceLocked,
    /// The database is too busy.
    SlowDown,
    /// Anything else.
    Other(String),
}

impl ErrorCode {
    /// The code of an error that the service answered with, if it sent one.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        error.code().map(Self::from)
    }

    /// The code as the service writes it.
    ///
    /// ```
    /// assert_eq!(storage_rs::ErrorCode::from("NoSuchKey").as_str(), "NoSuchKey");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(code) = self {
            return code;
        }
        CODES
            .iter()
            .find(|(code, _)| code == self)
            .map_or("", |(_, text)| text)
    }
}

const CODES: [(ErrorCode, &str); 18] = [
    (ErrorCode::NoSuchKey, "NoSuchKey"),
    (ErrorCode::NoSuchBucket, "NoSuchBucket"),
    (ErrorCode::NoSuchUpload, "NoSuchUpload"),
    (ErrorCode::KeyAlreadyExists, "KeyAlreadyExists"),
    (ErrorCode::BucketAlreadyExists, "BucketAlreadyExists"),
    (ErrorCode::ResourceAlreadyExists, "ResourceAlreadyExists"),
    (ErrorCode::ResourceNotEmpty, "ResourceNotEmpty"),
    (ErrorCode::AccessDenied, "AccessDenied"),
    (ErrorCode::InvalidKey, "InvalidKey"),
    (ErrorCode::InvalidBucketName, "InvalidBucketName"),
    (ErrorCode::InvalidJwt, "InvalidJWT"),
    (ErrorCode::InvalidSignature, "InvalidSignature"),
    (ErrorCode::EntityTooLarge, "EntityTooLarge"),
    (ErrorCode::InvalidMimeType, "InvalidMimeType"),
    (ErrorCode::InvalidRange, "InvalidRange"),
    (ErrorCode::InvalidRequest, "InvalidRequest"),
    (ErrorCode::ResourceLocked, "ResourceLocked"),
    (ErrorCode::SlowDown, "SlowDown"),
];

impl From<&str> for ErrorCode {
    fn from(code: &str) -> Self {
        CODES
            .iter()
            .find(|(_, text)| *text == code)
            .map_or_else(|| Self::Other(code.to_owned()), |(known, _)| known.clone())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Error {
        let (parts, ()) = http::Response::builder()
            .status(status)
            .body(())
            .unwrap()
            .into_parts();
        of(&parts, Bytes::from(body.to_owned()))
    }

    #[test]
    fn the_body_tells_the_status() {
        let missing = r#"{"statusCode":"404","error":"not_found","message":"Object not found","code":"NoSuchKey"}"#;
        let error = answer(400, missing);
        assert!(error.is_not_found());
        assert_eq!(ErrorCode::of(&error), Some(ErrorCode::NoSuchKey));
        assert_eq!(error.message(), "Object not found");

        assert_eq!(
            answer(400, r#"{"statusCode":404}"#).status(),
            Some(StatusCode::NOT_FOUND)
        );
        for odd in ["200", "abc", "99999", ""] {
            let error = answer(400, &format!(r#"{{"statusCode":"{odd}"}}"#));
            assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST), "{odd}");
        }
    }

    #[test]
    fn an_iceberg_error_is_nested() {
        let error = answer(
            409,
            r#"{"error":{"message":"exists","type":"ResourceAlreadyExists","code":409}}"#,
        );
        assert!(error.is_already_exists());
        assert_eq!(
            ErrorCode::of(&error),
            Some(ErrorCode::ResourceAlreadyExists)
        );
        assert_eq!(error.message(), "exists");
    }

    #[test]
    fn a_read_without_a_bucket_may_be_a_refused_token() {
        // Recorded: the answer to a download with a token of a wrong signature.
        let body = r#"{"statusCode":"404","error":"Bucket not found","message":"Bucket not found","code":"NoSuchBucket"}"#;
        let (parts, ()) = http::Response::builder()
            .status(400)
            .body(())
            .unwrap()
            .into_parts();
        let error = of_read(&parts, Bytes::from_static(body.as_bytes()));
        assert!(is_no_bucket(&error) && error.is_not_found());
        let hint = |error: &Error| {
            error
                .api_error()
                .and_then(ApiError::hint)
                .map(str::to_owned)
        };
        assert!(hint(&error).is_some_and(|hint| hint.contains("token")));
        let missing = r#"{"statusCode":"404","message":"Object not found","code":"NoSuchKey"}"#;
        let error = of_read(&parts, Bytes::from_static(missing.as_bytes()));
        assert!(!is_no_bucket(&error) && hint(&error).is_none());
    }

    #[test]
    fn codes_read_back() {
        for (code, text) in CODES {
            assert_eq!(ErrorCode::from(text), code);
            assert_eq!(code.as_str(), text);
        }
        assert_eq!(ErrorCode::from("TusError").as_str(), "TusError");
    }

    #[test]
    fn a_refused_token_is_no_refused_right() {
        let (parts, ()) = http::Response::builder()
            .status(400)
            .body(())
            .unwrap()
            .into_parts();
        let denied = |message: &str| {
            let body = serde_json::json!({ "statusCode": "403", "code": "AccessDenied", "message": message });
            token_rejected(&parts, body.to_string().as_bytes())
        };
        assert!(denied("Invalid Compact JWS"));
        assert!(denied("\"exp\" claim timestamp check failed"));
        assert!(!denied("new row violates row-level security policy"));
        assert!(!denied("Access denied: Invalid role"));
        let nested = |message: &str| {
            let error =
                serde_json::json!({ "type": "AccessDenied", "message": message, "code": 403 });
            token_rejected(
                &parts,
                serde_json::json!({ "error": error }).to_string().as_bytes(),
            )
        };
        assert!(nested("Invalid Compact JWS"));
        assert!(!nested("Access denied: Invalid role"));
    }
}
