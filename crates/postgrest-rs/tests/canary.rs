//! No secret is shown: not by any public type, not in an error, not in a trace.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use canary::{CANARY, Log, holds_nothing, quiet, quiet_error};
use postgrest_rs::query::shape::{
    Answer, CsvText, DryRun, GeoJson, Maybe, NoRows, One, PlanIn, RowCount, Rows, WithResponse,
};
use postgrest_rs::query::verb::{
    CallFunction, DeleteRows, HasFilterOrAllRows, InsertRows, NeedsFilterOrAllRows, SelectRows,
    UpdateRows, UpsertRows,
};
use postgrest_rs::{
    Column, Columns, Count, Cursor, Embed, Error, Explain, Filter, Is, Literal, Numeric, OrderBy,
    PagedRows, PgRange, Plan, PlanActual, PlanJson, PlanNode, PlanText, PostgrestClient, Query,
    Relation, Returning, RowStream, SelectItem, Table, TextSearch, all, any, col,
};
use serde::Deserialize;
use serde_json::{Value, json};
use supabase_http::testing::{Exchange, MockTransport};
use supabase_http::{AccessToken, ApiKey, Credentials, Endpoint, HttpClient};

/// A client with secrets wherever one can be.
fn over(mock: &MockTransport) -> PostgrestClient {
    let http = HttpClient::builder().transport(mock.clone());
    let token = AccessToken::parse("eyJcanary.canary.canary").unwrap();
    let credentials = Credentials::new(ApiKey::parse("sb_publishable_canary").unwrap());
    PostgrestClient::from_parts(
        http.build().unwrap(),
        &Endpoint::parse("http://project.test").unwrap(),
        credentials.with_token(token),
    )
    .unwrap()
    .with_header("x-app", CANARY)
    .unwrap()
}

fn client() -> PostgrestClient {
    over(&MockTransport::new())
}

/// A read with secrets in its conditions and headers.
fn read<T>(db: &PostgrestClient) -> Query<SelectRows, Rows<T>> {
    db.from("t")
        .select("id")
        .eq("a", CANARY)
        .filter(any([col("b").eq(CANARY)]))
        .header("x-secret", CANARY)
}

#[test]
fn clients_tables_and_queries_keep_them() {
    let db = client();
    quiet::<PostgrestClient>(&db);
    quiet::<Table>(&db.from("t"));
    quiet::<Relation>(&Relation::from("t"));
    quiet::<Query<_, _>>(&read::<Value>(&db));
    quiet(&db.from("t").insert(&json!({ "password": CANARY })));
    quiet(
        &db.from("t")
            .update(&json!({ "password": CANARY }))
            .eq("a", CANARY),
    );
    quiet(&db.rpc::<Value>("f", &json!({ "token": CANARY })).get());
    quiet::<RowStream<Value>>(&read(&db).stream());
    quiet::<PagedRows<Value>>(&read(&db).order("id").rows());
}

#[test]
fn values_keep_what_is_compared_with() {
    for literal in [
        Literal::text(CANARY),
        Literal::json(CANARY),
        Literal::display(CANARY),
        Literal::array([CANARY]),
    ] {
        quiet::<Literal>(&literal);
    }
    quiet::<PgRange>(&PgRange::from("[canary,canary]"));
    quiet::<TextSearch>(&TextSearch::websearch(CANARY));
    for filter in [
        col("a").eq(CANARY),
        col("a").in_([CANARY]),
        !col("a").like(CANARY),
        any([col("a").eq(CANARY), all([col("b").contains([CANARY])])]),
        // Of no column, and no range.
        col("").eq(CANARY),
        col("a").overlaps(PgRange::from(CANARY)),
    ] {
        quiet::<Filter>(&filter);
    }
}

#[test]
fn names_and_options_hold_none() {
    quiet::<Column>(&col("a"));
    quiet::<OrderBy>(&col("a").desc());
    quiet::<Explain>(&Explain::new());
    quiet::<Is>(&Is::Null);
    quiet::<Count>(&Count::Exact);
    quiet::<Returning>(&Returning::Minimal);
    // A number is no text.
    quiet::<Numeric>(&Numeric::from(1));
    holds_nothing::<SelectRows>();
    holds_nothing::<InsertRows>();
    holds_nothing::<UpsertRows>();
    holds_nothing::<UpdateRows<String>>();
    holds_nothing::<DeleteRows<String>>();
    holds_nothing::<CallFunction>();
    holds_nothing::<NeedsFilterOrAllRows>();
    holds_nothing::<HasFilterOrAllRows>();
    holds_nothing::<Rows<String>>();
    holds_nothing::<One<String>>();
    holds_nothing::<Maybe<String>>();
    holds_nothing::<Answer<String>>();
    holds_nothing::<NoRows>();
    holds_nothing::<RowCount>();
    holds_nothing::<CsvText>();
    holds_nothing::<GeoJson>();
    holds_nothing::<PlanIn<String>>();
    holds_nothing::<PlanText>();
    holds_nothing::<PlanJson>();
    holds_nothing::<WithResponse<String>>();
    holds_nothing::<DryRun<String>>();
}

#[test]
fn selects_and_plans_keep_the_values_of_filters() {
    let embed = Embed::new("b", "id").filter(col("c").eq(CANARY));
    quiet::<Embed>(&embed);
    quiet::<SelectItem>(&SelectItem::from(embed.clone()));
    quiet::<Columns>(&Columns::from("id").with(embed));
    let plan: Plan = serde_json::from_value(json!([{ "Plan": {
        "Node Type": "Seq Scan", "Filter": CANARY, "Index Cond": CANARY, "Output": [CANARY], "Recheck Cond": CANARY,
        "Actual Rows": 1,
    }, "Settings": { "a": CANARY } }]))
    .unwrap();
    quiet::<Plan>(&plan);
    quiet::<PlanNode>(&plan.root);
    quiet::<PlanActual>(&plan.root.actual.unwrap());
}

#[tokio::test]
async fn a_cursor_keeps_its_keys() {
    let mock = MockTransport::new().reply(200, json!([{ "id": CANARY }]));
    let mut rows = read::<Value>(&over(&mock)).rows().by_key(["id"]);
    rows.try_next().await.unwrap().unwrap();
    quiet::<PagedRows<Value>>(&rows);
    quiet::<Cursor>(&rows.cursor().unwrap());
}

#[test]
fn bad_input_is_not_repeated() {
    let db = client();
    let long = CANARY.repeat(5_000);
    let broken = json!({ "token": "eq.canary" });
    let errors: Vec<Error> = vec![
        read::<Value>(&db)
            .or_raw("a.eq.canary),b.eq.canary")
            .into_request()
            .unwrap_err(),
        read::<Value>(&db)
            .or_raw("a.eq.\"canary")
            .into_request()
            .unwrap_err(),
        read::<Value>(&db)
            .overlaps("a", PgRange::from(CANARY))
            .into_request()
            .unwrap_err(),
        read::<Value>(&db)
            .eq("a", "canary\0")
            .into_request()
            .unwrap_err(),
        read::<Value>(&db)
            .in_("a", ["canary\0"])
            .into_request()
            .unwrap_err(),
        read::<Value>(&db).eq("a", long).into_request().unwrap_err(),
        read::<Value>(&db)
            .header("x", "canary\n")
            .into_request()
            .unwrap_err(),
        read::<Value>(&db)
            .eq("", CANARY)
            .into_request()
            .unwrap_err(),
        db.from("t").insert(&[CANARY]).into_request().unwrap_err(),
        db.rpc::<Value>("f", CANARY).into_request().unwrap_err(),
        db.rpc::<Value>("f", &broken)
            .get()
            .into_request()
            .unwrap_err(),
    ];
    for error in errors {
        quiet_error::<Error>(&error);
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Red,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[expect(dead_code, reason = "only read")]
    colour: Colour,
}

/// A type that repeats what it cannot read, as date libraries do.
#[derive(Debug)]
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Err(serde::de::Error::custom(format!("{text:?} is no date")))
    }
}

fn broken_answers() -> Vec<Exchange> {
    // A server's message and hint are meant to be seen; what else is in an error's body is not.
    let error = json!({
        "message": "no", "code": "23505", "details": "Key (token)=(canary) exists", "hint": "try again",
        "access_token": CANARY,
    });
    vec![
        Exchange::new(409).json(error.clone()),
        Exchange::new(401).json(error),
        Exchange::new(200).body(r#"[{"colour":"canary"}]"#),
        Exchange::new(200).body(r#"[{"colour":"canary `x`, expected canary"}]"#),
        Exchange::new(200).body(r#"{"colour":"canary"}"#),
        Exchange::new(200).body(r#"["canary", "a \"canary\""]"#),
        Exchange::new(200).body("canary"),
        Exchange::new(200).body(b"[\"canary\xff".to_vec()),
    ]
}

#[tokio::test]
async fn answers_are_not_repeated_and_nothing_is_traced() {
    let log = Log::start();
    for exchange in broken_answers() {
        let exchange = exchange.header("set-cookie", CANARY);
        let mock = MockTransport::new().respond(move |_| exchange.clone());
        let db = over(&mock);
        quiet_error::<Error>(&read::<Row>(&db).await.unwrap_err());
        quiet_error::<Error>(&read::<Strict>(&db).await.unwrap_err());
        quiet_error::<Error>(&read::<Row>(&db).single().await.unwrap_err());
        quiet_error::<Error>(&read::<u8>(&db).maybe_single().await.unwrap_err());
        quiet_error::<Error>(&read::<Row>(&db).dry_run().await.unwrap_err());
        quiet_error::<Error>(&read::<Row>(&db).stream().try_next().await.unwrap_err());
        quiet_error::<Error>(&read::<Strict>(&db).stream().try_next().await.unwrap_err());
        quiet_error::<Error>(&read::<Row>(&db).rows().try_next().await.unwrap_err());
        let argument = json!({ "token": CANARY });
        let called = db.rpc::<Row>("f", &argument).await;
        quiet_error::<Error>(&called.unwrap_err());
        let written = db.from("t").insert(&argument).select::<Row>("*").await;
        quiet_error::<Error>(&written.unwrap_err());
        let log = log.judged();
        assert!(log.contains("supabase.request"), "nothing was traced");
    }
}
