//! Other answers than rows: CSV, plans, stripped nulls.

use serde_json::{Value, json};
use supabase::postgrest::{Count, Explain, TextSearch};

use crate::support::{Id, ids, rows, status_and_code, world};

#[tokio::test]
async fn csv() {
    let w = world!(shared);
    let text = w.anon.from("books").csv("id, title, pages").lte("id", 4).order("id").await.unwrap();
    assert_eq!(text, "id,title,pages\n1,Tides,210\n2,\"Stone Paths\",320\n3,\"Night Trains\",150\n4,\"Loose Ends\",");
    let page = w.anon.from("books").csv("id").order("id").limit(1).count(Count::Exact).await.unwrap();
    assert_eq!((page.data.as_str(), page.count), ("id\n1", Some(4)));
    let error = w.anon.from("books").csv("nope").await.unwrap_err();
    assert_eq!(status_and_code(&error), (400, "42703"));
}

#[tokio::test]
async fn csv_of_written_and_awkward_rows() {
    let w = world!(fresh);
    let awkward = ["", "a,b", "a\"b", "a\nb", "ü"];
    let batch: Vec<Value> = (1..).zip(awkward).map(|(id, v)| json!({ "id": id, "v": v, "arr": [], "j": {} })).collect();
    w.admin.from("batches").insert(&batch).await.unwrap();
    let text = w.admin.from("batches").csv("id, v").order("id").await.unwrap();
    assert_eq!(text, "id,v\n1,\"\"\n2,\"a,b\"\n3,\"a\"\"b\"\n4,\"a\nb\"\n5,ü");
}

#[tokio::test]
async fn plans() {
    let w = world!(shared);
    let query = || w.admin.from("many").select::<Id>("id").eq("id", 3);
    let text = query().explain(Explain::new()).await.unwrap();
    assert!(text.contains("many_pkey") && text.contains("cost=") && !text.contains("actual"), "{text}");
    let analyzed = query().explain(Explain::new().analyze().verbose().buffers().settings().wal()).await.unwrap();
    assert!(analyzed.contains("actual") && analyzed.contains("Output:"), "{analyzed}");
    let json = query().explain(Explain::new().analyze().json()).await.unwrap();
    assert!(json.execution_time.unwrap() > 0.0 && json.root.actual.is_some(), "{json:?}");
    let scan = json.nodes().find(|node| node.relation.as_deref() == Some("many")).unwrap();
    assert_eq!((scan.node_type.as_str(), scan.index.as_deref()), ("Index Only Scan", Some("many_pkey")));
    assert_eq!((scan.index_condition.as_deref(), scan.actual.unwrap().rows), (Some("(id = 3)"), 1.0));
    let every = query().explain(Explain::new().analyze().verbose().buffers().settings().wal().json()).await.unwrap();
    let scan = every.nodes().find(|node| node.relation.as_deref() == Some("many")).unwrap();
    assert_eq!((scan.schema.as_deref(), scan.output.as_slice()), (Some("public"), &["many.id".to_owned()][..]));
    assert!(scan.other["Shared Hit Blocks"].is_number() && scan.other["WAL Bytes"].is_number(), "{scan:?}");
    assert!(every.nodes().all(|node| node.total_cost.is_some() && node.width.is_some()));
    let function = w.admin.rpc::<i32>("add", &json!({ "a": 1 })).explain(Explain::new().json()).await.unwrap();
    assert!(function.root.total_cost.is_some() && function.execution_time.is_none());
}

#[tokio::test]
async fn plans_of_writes_do_not_write() {
    let w = world!(fresh);
    let items = w.admin.from("items");
    let plan = items.update(&json!({ "qty": 99 })).eq("id", 1).explain(Explain::new().json()).await.unwrap();
    let change = plan.nodes().find(|node| node.node_type == "ModifyTable").unwrap();
    assert_eq!((change.operation.as_deref(), change.relation.as_deref()), (Some("Update"), Some("items")));
    let insert = items.insert(&json!({ "name": "planned" })).explain(Explain::new()).await.unwrap();
    assert!(insert.contains("Insert on items"), "{insert}");
    let delete = items.delete().eq("id", 4).explain(Explain::new()).await.unwrap();
    assert!(delete.contains("Delete on items"), "{delete}");
    assert_eq!(ids(items.select("id").eq("qty", 99)).await, Vec::<i64>::new());
    assert_eq!(items.count(Count::Exact).await.unwrap(), 4);
}

#[tokio::test]
async fn stripped_nulls() {
    let w = world!(shared);
    let kept =
        rows(w.anon.from("books").select::<Value>("id, pages, meta").strip_nulls().gte("id", 3).order("id")).await;
    assert_eq!(
        kept,
        [json!({ "id": 3, "pages": 150, "meta": { "format": "paper", "a.b": "dot", "1": "one" } }), json!({ "id": 4 }),]
    );
    let one: Value = w.anon.from("books").select("id, pages").eq("id", 4).strip_nulls().single().await.unwrap();
    assert_eq!(one, json!({ "id": 4 }));
    let with_null = rows(w.anon.from("books").select::<Value>("id, pages").eq("id", 4)).await;
    assert_eq!(with_null, [json!({ "id": 4, "pages": null })]);
}

#[tokio::test]
async fn text_search() {
    let w = world!(shared);
    let find = async |search: TextSearch| {
        ids(w.anon.from("documents").select("id").text_search("search", search).order("id")).await
    };
    assert_eq!(find("cat & rat".into()).await, [1, 3]);
    assert_eq!(find(TextSearch::tsquery("'fat' & ! 'dog'").config("english")).await, [1]);
    assert_eq!(find(TextSearch::plain("dreaming dogs").config("english")).await, [2]);
    assert_eq!(find(TextSearch::phrase("impossible dreams").config("english")).await, [2]);
    assert_eq!(find(TextSearch::phrase("dreams impossible dog").config("english")).await, Vec::<i64>::new());
    assert_eq!(find(TextSearch::websearch("\"fat cats\" or dog -rats").config("english")).await, [1, 2]);
    assert_eq!(find(TextSearch::plain("cats").config("simple")).await, Vec::<i64>::new(), "not the stem");
    // Signs of the query language of PostgREST are only text here.
    assert_eq!(find(TextSearch::websearch("cats, (rats) and \"everywhere").config("english")).await, [3]);
    let syntax = w.anon.from("documents").select::<Id>("id").text_search("search", "fat & (").await.unwrap_err();
    assert_eq!(status_and_code(&syntax), (400, "42601"));
}

#[tokio::test]
async fn openapi() {
    let w = world!(shared);
    let document = w.admin.postgrest().openapi().await.unwrap();
    assert!(document["paths"]["/books"].is_object() && document["paths"]["/rpc/add"].is_object());
    let warehouse = w.admin.postgrest().schema("warehouse").openapi().await.unwrap();
    assert!(warehouse["paths"]["/books"].is_null() && warehouse["paths"]["/items"].is_object());
}

/// PostGIS is not part of the stack: a function of the same name stands in for its one.
#[tokio::test]
async fn geojson() {
    let w = world!(fresh);
    let sql = "create function public.st_asgeojson(r record) returns text language plpgsql stable as $$
                 declare fields jsonb := to_jsonb(r);
                 begin
                   return jsonb_build_object('type', 'Feature', 'geometry', fields -> 'shape', 'properties', fields - 'shape')::text;
                 end $$;
               create table public.shops (id int primary key, name text, shape jsonb);
               insert into public.shops values (1, 'corner', '{\"type\":\"Point\",\"coordinates\":[26.7,58.4]}'), (2, 'far', null);
               grant select on public.shops to anon, service_role;";
    w.stack.execute(sql).await.unwrap();
    w.stack.reload_schema().await.unwrap();
    let shops = w.anon.from("shops").geojson("id, name, shape").eq("id", 1).await.unwrap();
    assert_eq!(
        shops,
        json!({ "type": "FeatureCollection", "features": [{
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": [26.7, 58.4] },
            "properties": { "id": 1, "name": "corner" },
        }] })
    );
    let none = w.anon.from("shops").geojson("*").eq("id", 9).await.unwrap();
    assert_eq!(none["features"], json!([]));
    let wrong = w.anon.from("shops").geojson("nothing").await.unwrap_err();
    assert_eq!(wrong.code(), Some("42703"));
}
