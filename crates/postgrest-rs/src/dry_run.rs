//! Dry runs: before the first one the server is asked whether it undoes anything at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::Method;
use http::response::Parts;
use supabase_http::{BoxFuture, CallOptions, Error, Result};

use crate::prefer::was_applied;
use crate::request::Draft;
use crate::response;

/// Whether the server at an endpoint was seen to undo what it was asked to; shared by the clones of a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rollback(Arc<AtomicBool>);

impl Draft {
    /// What must go well before this dry run may be sent: nothing, or a read of no rows that the server says it undid.
    pub(crate) fn probe(&self, options: &CallOptions) -> Option<BoxFuture<'static, Result<()>>> {
        let known = self.client.rollback.clone();
        if !self.prefer.rollback || known.0.load(Ordering::Relaxed) {
            return None;
        }
        let mut draft = Box::new(self.clone());
        // Runs read-only, and with no rows asked for a function is not run at all.
        draft.method = Method::HEAD;
        draft.only_rows(0);
        draft.prefer.rollback = true;
        let service = draft.client.service.clone();
        let request = draft.into_request().map_err(|why| {
            Error::request(format!(
                "whether the server undoes anything cannot be asked in this way ({}); do a dry run of a read first, which \
                 the client remembers",
                why.message()
            ))
        });
        let call = service.execute(request, options.clone(), confirmed);
        Some(Box::pin(async move {
            if !call.await? {
                return Err(Error::request(
                    "the server does not undo what it is asked to undo, so this was not sent and nothing was changed; \
                     dry runs need `db-tx-end = commit-allow-override`",
                ));
            }
            known.0.store(true, Ordering::Relaxed);
            Ok(())
        }))
    }
}

fn confirmed(parts: &Parts, body: Bytes) -> Result<bool> {
    response::succeeded(parts, body)?;
    Ok(was_applied(&parts.headers, "tx=rollback"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use supabase_http::testing::{Exchange, MockTransport};
    use supabase_http::{ApiKey, Credentials, ErrorKind, HttpClient};

    use crate::PostgrestClient;

    fn over(mock: &MockTransport) -> PostgrestClient {
        let http = HttpClient::builder()
            .transport(mock.clone())
            .build()
            .unwrap();
        PostgrestClient::with_http(http, "https://project.test/", "key").unwrap()
    }

    fn undone(status: u16) -> Exchange {
        Exchange::new(status).header("preference-applied", "tx=rollback")
    }

    fn sent(mock: &MockTransport) -> Vec<String> {
        let line = |request: &supabase_http::testing::RecordedRequest| {
            let prefer = request.header("prefer").unwrap_or_default().to_owned();
            let query = crate::request::percent_decoded(request.raw_query());
            format!("{} {}?{query} [{prefer}]", request.method(), request.path())
        };
        mock.requests().iter().map(line).collect()
    }

    #[tokio::test]
    async fn the_first_dry_run_asks_whether_the_server_undoes_anything() {
        let mock = MockTransport::new()
            .reply_with(undone(200))
            .reply_with(Exchange::new(204).header(
                "preference-applied",
                "handling=strict, tx=rollback, max-affected=2",
            ))
            .reply_with(undone(200).json(json!([{ "id": 1 }])))
            .reply_with(undone(200).json(json!(5)));
        let db = over(&mock);
        db.from("t")
            .update(&json!({ "a": 1 }))
            .eq("id", 1)
            .max_affected(2)
            .dry_run()
            .await
            .unwrap();
        // Clones, other schemas and other users share what was seen.
        let key = ApiKey::parse("other").unwrap();
        let other = db.schema("s").with_credentials(Credentials::new(key));
        let rows: Vec<Value> = other
            .from("u")
            .insert(&json!({ "b": 1 }))
            .select("id")
            .dry_run()
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            db.rpc::<i64>("f", &json!({ "n": 1 }))
                .dry_run()
                .await
                .unwrap(),
            5
        );
        assert_eq!(
            sent(&mock),
            [
                "HEAD /rest/v1/t?limit=0 [tx=rollback]",
                "PATCH /rest/v1/t?id=eq.1 [handling=strict, tx=rollback, max-affected=2]",
                "POST /rest/v1/u?select=id [return=representation, tx=rollback]",
                "POST /rest/v1/rpc/f? [tx=rollback]",
            ]
        );
        mock.assert_done();
    }

    #[tokio::test]
    async fn functions_are_asked_for_no_rows() {
        let mock = MockTransport::new()
            .reply_with(undone(200))
            .reply_with(undone(204));
        let call = over(&mock)
            .rpc::<()>("f", &json!({ "n": 1, "t": "x" }))
            .eq("a", 1)
            .order("a");
        call.dry_run().await.unwrap();
        assert_eq!(
            sent(&mock)[0],
            "HEAD /rest/v1/rpc/f?n=1&t=x&limit=0 [tx=rollback]"
        );
        // What a HEAD request cannot carry is refused, and nothing is sent.
        let mock = MockTransport::new();
        let error = over(&mock)
            .rpc::<()>("f", &json!({ "n": null }))
            .dry_run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
        assert!(
            error.message().contains("dry run of a read first"),
            "{error}"
        );
        assert!(mock.requests().is_empty());
        let mock = MockTransport::new()
            .reply_with(undone(200))
            .reply_with(undone(200).json(json!([])))
            .reply_with(undone(204));
        let db = over(&mock);
        let none: Vec<Value> = db.from("t").select("*").limit(0).dry_run().await.unwrap();
        assert!(none.is_empty());
        db.rpc::<()>("f", &json!({ "n": null }))
            .dry_run()
            .await
            .unwrap();
        mock.assert_done();
    }

    #[tokio::test]
    async fn a_server_that_keeps_changes_is_sent_none() {
        let mock = MockTransport::new().reply(200, ()).reply(200, ());
        let db = over(&mock);
        for _ in 0..2 {
            let error = db
                .from("t")
                .delete()
                .all_rows()
                .dry_run()
                .await
                .unwrap_err();
            assert!(error.never_sent(), "{error:?}");
            assert!(error.message().contains("nothing was changed"), "{error}");
        }
        assert!(sent(&mock).iter().all(|line| line.starts_with("HEAD ")));
        mock.assert_done();
    }

    #[tokio::test]
    async fn a_probe_that_fails_sends_nothing_else() {
        let mock = MockTransport::new()
            .reply_with(Exchange::new(401).header("proxy-status", "PostgREST; error=42501"));
        let error = over(&mock)
            .from("t")
            .insert(&json!({ "a": 1 }))
            .dry_run()
            .await
            .unwrap_err();
        assert!(error.is_permission_denied());
        assert_eq!(error.operation(), Some("insert"));
        mock.assert_done();
    }

    #[tokio::test]
    async fn bad_input_is_not_probed_for() {
        let mock = MockTransport::new();
        let error = over(&mock)
            .from("t")
            .delete()
            .filter(crate::all([]))
            .dry_run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Request);
        assert!(mock.requests().is_empty());
    }

    #[tokio::test]
    async fn an_answer_that_does_not_confirm_is_an_error_all_the_same() {
        let mock = MockTransport::new().reply_with(undone(200)).reply(204, ());
        let error = over(&mock)
            .from("t")
            .delete()
            .eq("id", 1)
            .dry_run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("may have been kept"), "{error}");
    }
}
