//! For tests without a network: a scripted transport and a record of what was sent.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde_json::json;
//! use supabase_http::testing::MockTransport;
//! use tower::ServiceExt as _;
//!
//! let mock = MockTransport::new().reply(200, json!([{ "id": 1, "name": "Earth" }]));
//!
//! // Any client takes it: `.transport(mock.clone())`. By hand:
//! let request = http::Request::get("https://xyz.supabase.co/rest/v1/planets?select=*")
//!     .body(supabase_http::Body::empty())?;
//! let answer = mock.clone().oneshot(request).await?;
//!
//! assert_eq!(answer.status(), 200);
//! assert_eq!(mock.requests()[0].path(), "/rest/v1/planets");
//! mock.assert_done();
//! # Ok(()) }
//! ```

mod exchange;
mod mock;
mod recorded;
mod render;
#[cfg(test)]
mod tests;

pub use self::exchange::{Exchange, IntoReply};
pub use self::mock::MockTransport;
pub use self::recorded::RecordedRequest;
