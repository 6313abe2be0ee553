//! Paging: which pages are asked for, when it ends, and what comes after a row.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport, RecordedRequest};
use supabase_http::{ErrorKind, HttpClient, TransportErrorKind};

use super::{Cursor, PagedRows};
use crate::{Count, Error, PostgrestClient, RetryConfig, SelectQuery, col};

fn over(mock: &MockTransport) -> PostgrestClient {
    let http = HttpClient::builder()
        .transport(mock.clone())
        .build()
        .unwrap();
    PostgrestClient::with_http(http, "https://project.test/", "key").unwrap()
}

#[derive(Debug, Deserialize)]
struct Id {
    id: u64,
}

fn pair(request: &RecordedRequest, name: &str) -> Option<String> {
    request
        .query()
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

/// A table of rows 1, 2, … whose server gives `most` rows at a time.
fn table(rows: u64, most: u64) -> MockTransport {
    MockTransport::new().respond(move |request| {
        let number = |name| pair(request, name).map(|text| text.parse::<u64>().unwrap());
        let after = pair(request, "id")
            .map_or(0, |text| text.strip_prefix("gt.").unwrap().parse().unwrap());
        let from = after + number("offset").unwrap_or(0) + 1;
        let to = (from + number("limit").unwrap_or(u64::MAX).min(most) - 1).min(rows);
        let page: Vec<Value> = (from..=to)
            .map(|id| json!({ "id": id, "name": "x" }))
            .collect();
        let counted = request.header("prefer") == Some("count=exact");
        if counted && from > rows + 1 {
            return Exchange::new(416).json(json!({ "code": "PGRST103", "message": "beyond" }));
        }
        let total = if counted {
            (rows - after).to_string()
        } else {
            "*".to_owned()
        };
        let range = if page.is_empty() {
            "*".to_owned()
        } else {
            format!("{}-{}", from - 1, to - 1)
        };
        Exchange::new(200)
            .header("content-range", &format!("{range}/{total}"))
            .json(page)
    })
}

fn ids(mock: &MockTransport) -> SelectQuery<Id> {
    over(mock).from("t").select("id,name")
}

async fn collect(mut rows: PagedRows<Id>) -> Vec<u64> {
    let mut seen = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap_or_else(|why| panic!("{why}")) {
        seen.push(row.id);
    }
    assert!(rows.next().await.is_none());
    seen
}

async fn refused(mut rows: PagedRows<Id>) -> String {
    let error = rows.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Request);
    assert!(rows.next().await.is_none());
    error.message().to_owned()
}

/// The pages asked for, as `offset+limit` or `condition+limit`.
fn pages(mock: &MockTransport) -> Vec<String> {
    let page = |request: &RecordedRequest| {
        let from = pair(request, "offset")
            .or_else(|| pair(request, "id"))
            .unwrap_or_else(|| "0".to_owned());
        format!("{from}+{}", pair(request, "limit").unwrap())
    };
    mock.requests().iter().map(page).collect()
}

#[tokio::test]
async fn ranges_follow_what_came_and_an_empty_page_is_the_end() {
    let mock = table(25, 1000);
    assert_eq!(
        collect(ids(&mock).order("id").rows().page_size(10)).await,
        (1..=25).collect::<Vec<_>>()
    );
    assert_eq!(pages(&mock), ["0+10", "10+10", "20+10", "25+10"]);
    // A server whose maximum is smaller than the page.
    let mock = table(25, 7);
    assert_eq!(
        collect(ids(&mock).order("id").rows()).await,
        (1..=25).collect::<Vec<_>>()
    );
    assert_eq!(
        pages(&mock),
        ["0+1000", "7+1000", "14+1000", "21+1000", "25+1000"]
    );
    let mock = table(0, 7);
    assert!(collect(ids(&mock).rows()).await.is_empty());
    assert_eq!(pages(&mock), ["0+1000"]);
}

#[tokio::test]
async fn an_exact_total_is_the_end_and_is_asked_for_once() {
    let mock = table(25, 1000);
    let mut rows = ids(&mock)
        .order("id")
        .count(Count::Exact)
        .rows()
        .page_size(10);
    let mut seen = 0;
    while rows.try_next().await.unwrap().is_some() {
        seen += 1;
    }
    assert_eq!((seen, rows.total()), (25, Some(25)));
    assert_eq!(pages(&mock), ["0+10", "10+10", "20+10"]);
    let counted = mock
        .requests()
        .iter()
        .filter(|request| request.header("prefer").is_some())
        .count();
    assert_eq!(counted, 1);
    // By key rows may be inserted before the end, so that the total is none.
    let mock = table(20, 1000);
    assert_eq!(
        collect(
            ids(&mock)
                .count(Count::Exact)
                .rows()
                .by_key(["id"])
                .page_size(10)
        )
        .await
        .len(),
        20
    );
    assert_eq!(pages(&mock), ["0+10", "gt.10+10", "gt.20+10"]);
    // A guess is no end.
    let planned = MockTransport::new()
        .reply_with(
            Exchange::new(206)
                .header("content-range", "0-0/1")
                .json(json!([{ "id": 1 }])),
        )
        .reply(200, json!([{ "id": 2 }]))
        .reply(200, json!([]));
    assert_eq!(
        collect(ids(&planned).count(Count::Planned).rows()).await,
        [1, 2]
    );
    planned.assert_done();
    let beyond = table(3, 1000);
    assert!(
        collect(ids(&beyond).count(Count::Exact).offset(9).rows())
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn limit_and_offset_hold_for_the_whole() {
    let mock = table(100, 1000);
    assert_eq!(
        collect(ids(&mock).range(5..18).rows().page_size(5)).await,
        (6..=18).collect::<Vec<_>>()
    );
    assert_eq!(pages(&mock), ["5+5", "10+5", "15+3"]);
    let mock = table(100, 4);
    assert_eq!(
        collect(ids(&mock).limit(6).offset(2).rows().by_key(["id"])).await,
        [3, 4, 5, 6, 7, 8]
    );
    assert_eq!(pages(&mock), ["2+6", "gt.6+2"]);
    let mock = table(100, 4);
    assert!(collect(ids(&mock).limit(0).rows()).await.is_empty());
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn the_next_page_is_asked_for_while_this_one_is_read() {
    let mock = table(100, 1000);
    let mut rows = ids(&mock).rows().by_key(["id"]).page_size(10);
    assert!(
        mock.requests().is_empty(),
        "nothing is sent before it is polled"
    );
    rows.try_next().await.unwrap();
    assert_eq!(pages(&mock), ["0+10", "gt.10+10"]);
    for _ in 1..10 {
        rows.try_next().await.unwrap();
    }
    assert_eq!(pages(&mock).len(), 2, "one page ahead, not two");
    rows.try_next().await.unwrap();
    assert_eq!(pages(&mock).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_page_ahead_that_is_lost_is_asked_for_again() {
    let mock = MockTransport::new()
        .reply(200, json!([{ "id": 1 }, { "id": 2 }]))
        .fail(TransportErrorKind::Interrupted)
        .reply(200, json!([{ "id": 3 }]))
        .reply(200, json!([]));
    let query = || ids(&mock).retry(RetryConfig::off());
    assert_eq!(collect(query().rows().by_key(["id"])).await, [1, 2, 3]);
    mock.assert_done();
    // When it is waited for, it is not.
    let mock = MockTransport::new()
        .reply(200, json!([{ "id": 1 }]))
        .fail(TransportErrorKind::Interrupted)
        .fail(TransportErrorKind::Interrupted);
    let mut rows = ids(&mock).retry(RetryConfig::off()).rows().by_key(["id"]);
    assert_eq!(rows.try_next().await.unwrap().unwrap().id, 1);
    assert!(rows.try_next().await.unwrap_err().is_retryable());
    assert!(rows.try_next().await.unwrap().is_none());
    assert_eq!(rows.cursor().unwrap().seen, 1);
    mock.assert_done();
    // A reader who takes longer than the time limit.
    let slow = MockTransport::new().respond({
        let calls = AtomicUsize::new(0);
        move |_| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            let rows = if call < 3 {
                vec![json!({ "id": call })]
            } else {
                vec![]
            };
            Exchange::new(200).json(rows).delay(Duration::from_secs(1))
        }
    });
    let mut rows = ids(&slow)
        .timeout(Duration::from_secs(2))
        .retry(RetryConfig::off())
        .rows()
        .by_key(["id"]);
    let mut seen = 0;
    while rows.try_next().await.unwrap().is_some() {
        seen += 1;
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    assert_eq!(seen, 3);
}

#[tokio::test]
async fn errors_end_the_rows_and_name_the_row() {
    let mock = MockTransport::new()
        .reply(200, json!([{ "id": 1 }, { "id": 2 }]))
        .reply_with(
            Exchange::new(200)
                .header("sb-request-id", "r")
                .json(json!([{ "id": "x" }, { "id": 4 }])),
        )
        .respond(|_| Exchange::new(200).json(json!([])));
    let mut rows = ids(&mock).rows().page_size(2);
    rows.try_next().await.unwrap();
    rows.try_next().await.unwrap();
    let error = rows.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        error.message().contains("no Id in row 2 at `id`"),
        "{error}"
    );
    assert_eq!(
        (error.request_id(), error.operation()),
        (Some("r"), Some("select"))
    );
    assert!(rows.try_next().await.unwrap().is_none());
    for (status, body, kind) in [
        (500, "{\"code\":\"57014\"}", ErrorKind::Api),
        (200, "[{\"id\":1}", ErrorKind::Decode),
        (200, "{}", ErrorKind::Decode),
        (204, "", ErrorKind::Decode),
    ] {
        let mock = MockTransport::new().reply(status, body);
        let error = ids(&mock).rows().next().await.unwrap().unwrap_err();
        assert_eq!(
            (error.kind(), error.status().unwrap().as_u16()),
            (kind, status),
            "{body}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_paged_is_refused_before_anything_is_sent() {
    let mock = MockTransport::new();
    let rows = || ids(&mock).rows();
    assert!(refused(rows().page_size(0)).await.contains("no rows"));
    assert!(
        refused(rows().by_key(Vec::<&str>::new()))
            .await
            .contains("no columns")
    );
    assert!(
        refused(rows().by_key(["other"]))
            .await
            .contains("`other` of the key is not selected")
    );
    assert!(refused(rows().by_key(["data->a"])).await.contains("path"));
    assert!(refused(rows().by_key(["a.id"])).await.contains("path"));
    assert!(
        refused(rows().by_key(["id)x"]))
            .await
            .contains("not a column")
    );
    assert!(
        refused(ids(&mock).order("id").rows().by_key(["id"]))
            .await
            .contains("no `order`")
    );
    let by_name: Cursor = r#"{"seen":1,"order":"name.asc","after":["a"]}"#.parse().unwrap();
    assert!(
        refused(rows().by_key(["id"]).resume(by_name.clone()))
            .await
            .contains("another order")
    );
    assert!(
        refused(rows().resume(by_name))
            .await
            .contains("another order")
    );
    let by_range: Cursor = r#"{"seen":1}"#.parse().unwrap();
    assert!(
        refused(rows().by_key(["id"]).resume(by_range))
            .await
            .contains("another order")
    );
    for after in ["[1,2]", "[]", "[null]", "[{}]", "[[1]]"] {
        let cursor = format!("{{\"seen\":1,\"order\":\"id.asc\",\"after\":{after}}}")
            .parse()
            .unwrap();
        assert!(
            refused(rows().by_key(["id"]).resume(cursor))
                .await
                .contains("cursor cannot be used"),
            "{after}"
        );
    }
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn a_row_without_its_key_is_an_error() {
    for (row, why) in [
        (json!({ "name": "a" }), "row 0: it lacks the field `id`"),
        (json!(7), "row 0: it is no object"),
        (
            json!({ "id": null }),
            "row 0: the last column of the key, `id`, is null",
        ),
        (
            json!({ "id": [1] }),
            "row 0: a value of the key is an object or a list",
        ),
    ] {
        let mock = MockTransport::new().reply(200, json!([row]));
        let error = over(&mock)
            .from("t")
            .select::<Value>("*")
            .rows()
            .by_key(["id"])
            .next()
            .await;
        let error = error.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(why), "{error}");
    }
}

/// The conditions of the page after `row`.
async fn after(mut rows: PagedRows<Value>, row: Value, mock: &MockTransport) -> Option<String> {
    let sent = mock.requests().len();
    // Two replies are scripted by the caller: this row, and the end.
    assert_eq!(rows.try_next().await.unwrap(), Some(row));
    while rows.try_next().await.unwrap().is_some() {}
    let requests = mock.requests();
    let next = requests.get(sent + 1)?;
    let text: Vec<String> = next
        .query()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Some(text.join("&"))
}

#[tokio::test]
async fn what_comes_after_a_row() {
    let a = || col("a");
    let id = || col("id").asc();
    let orders = [
        vec![a().asc(), id()],
        vec![a().desc(), id().desc()],
        vec![a().asc().nulls_first(), id()],
        vec![a().desc().nulls_last(), id()],
    ];
    let rows = [
        json!({ "a": "x,\"y", "id": 5 }),
        json!({ "a": null, "id": 5 }),
    ];
    let expected = [
        [
            Some(r#"or=(a.gt."x,\"y",a.is.null,and(a.eq."x,\"y",id.gt.5))&order=a.asc,id.asc"#),
            Some("a=is.null&id=gt.5&order=a.asc,id.asc"),
        ],
        [
            Some(r#"a=lte.x,"y&or=(a.lt."x,\"y",and(a.eq."x,\"y",id.lt.5))&order=a.desc,id.desc"#),
            Some("or=(a.not.is.null,and(a.is.null,id.lt.5))&order=a.desc,id.desc"),
        ],
        [
            Some(
                r#"a=gte.x,"y&or=(a.gt."x,\"y",and(a.eq."x,\"y",id.gt.5))&order=a.asc.nullsfirst,id.asc"#,
            ),
            Some("or=(a.not.is.null,and(a.is.null,id.gt.5))&order=a.asc.nullsfirst,id.asc"),
        ],
        [
            Some(
                r#"or=(a.lt."x,\"y",a.is.null,and(a.eq."x,\"y",id.gt.5))&order=a.desc.nullslast,id.asc"#,
            ),
            Some("a=is.null&id=gt.5&order=a.desc.nullslast,id.asc"),
        ],
    ];
    for (order, expected) in orders.iter().zip(expected) {
        for (row, expected) in rows.iter().zip(expected) {
            let mock = MockTransport::new()
                .reply(200, json!([row]))
                .reply(200, json!([]));
            let query = over(&mock).from("t").select::<Value>("*").eq("kind", 1);
            let sent = after(query.rows().by_key(order.clone()), row.clone(), &mock).await;
            let expected = expected.map(|text| format!("select=*&kind=eq.1&{text}&limit=1000"));
            assert_eq!(sent, expected);
        }
    }
}

#[tokio::test]
async fn values_of_a_key_keep_their_digits_and_their_alias() {
    let mock = MockTransport::new()
        .reply(200, "[{\"n\":12345678901234567890.10,\"t\":\"2024-01-01T00:00:00.000001+00:00\",\"ok\":true}]")
        .reply(200, json!([]));
    let rows = over(&mock)
        .from("t")
        .select::<Value>("n:amount, t:at, ok")
        .rows();
    let mut rows = rows.by_key(["ok", "at", "amount"]);
    rows.try_next().await.unwrap();
    let or = "(ok.gt.true,ok.is.null,and(ok.eq.true,at.gt.2024-01-01T00:00:00.000001+00:00),\
              and(ok.eq.true,at.is.null),\
              and(ok.eq.true,at.eq.2024-01-01T00:00:00.000001+00:00,amount.gt.12345678901234567890.10))";
    assert_eq!(pair(&mock.requests()[1], "or").as_deref(), Some(or));
    let cursor = rows.cursor().unwrap();
    assert_eq!(
        cursor.to_string(),
        r#"{"seen":1,"order":"ok.asc,at.asc,amount.asc","after":[true,"2024-01-01T00:00:00.000001+00:00",12345678901234567890.10]}"#
    );
    assert_eq!(
        format!("{cursor:?} {rows:?}"),
        "Cursor(1 rows) PagedRows(t, 1 rows so far)"
    );
}

#[tokio::test]
async fn nulls_that_were_left_out_are_nulls() {
    let mock = MockTransport::new()
        .reply(200, json!([{ "id": 5 }]))
        .reply(200, json!([]));
    let query = over(&mock).from("t").select::<Value>("*").strip_nulls();
    let sent = after(query.rows().by_key(["a", "id"]), json!({ "id": 5 }), &mock).await;
    assert_eq!(
        sent.as_deref(),
        Some("select=*&a=is.null&id=gt.5&order=a.asc,id.asc&limit=1000")
    );
}

#[tokio::test]
async fn rows_go_on_at_a_cursor_wherever_it_was_taken() {
    for by_key in [true, false] {
        let mock = table(12, 5);
        let begin = || {
            let rows = ids(&mock).limit(10).offset(1).rows().page_size(3);
            if by_key { rows.by_key(["id"]) } else { rows }
        };
        for stop in 0..=10 {
            let mut rows = begin();
            let mut seen = Vec::new();
            for _ in 0..stop {
                seen.push(rows.try_next().await.unwrap().unwrap().id);
            }
            let stored = serde_json::to_string(&rows.cursor().unwrap()).unwrap();
            let cursor: Cursor = serde_json::from_str(&stored).unwrap();
            assert_eq!(cursor, rows.cursor().unwrap());
            let resumed = begin().resume(cursor.clone());
            assert_eq!(resumed.cursor().unwrap(), cursor);
            seen.extend(collect(resumed).await);
            assert_eq!(seen, (2..=11).collect::<Vec<_>>(), "{by_key} {stop}");
        }
    }
}

#[test]
fn texts_that_are_no_cursors() {
    for text in [
        "",
        "x",
        "{}",
        "[]",
        "{\"seen\":-1}",
        "{\"seen\":1,\"order\":\"a\"}",
        "{\"seen\":1,\"x\":2}",
        "{\"seen\":1,\"after\":[1]}",
    ] {
        let error: Error = text.parse::<Cursor>().unwrap_err();
        assert_eq!(error.message(), "the text is no cursor", "{text}");
        assert!(serde_json::from_value::<Cursor>(json!(text)).is_err());
    }
    let odd = r#"{"seen":2,"order":"\"a\\\"b\".asc,id.asc","after":["\"}",1e400]}"#;
    assert_eq!(odd.parse::<Cursor>().unwrap().to_string(), odd);
}

#[test]
fn rows_go_to_another_task() {
    fn is<T: Send + Unpin + 'static>(_: &T) {}
    struct NotSend(#[allow(dead_code)] *const u8);
    let rows = over(&MockTransport::new())
        .from("t")
        .select::<NotSend>("*")
        .rows();
    is(&rows);
    let _ = Mutex::new(rows);
}
