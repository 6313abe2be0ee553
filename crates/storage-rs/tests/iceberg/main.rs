//! The catalog's calls, held against the OpenAPI document of the Iceberg REST catalog: every route, every field of every
//! request and answer, every example of an error. `catalog.json` holds the document's routes, shapes and examples.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod shape;

use std::collections::BTreeSet;
use std::fmt::Debug;

use http::{Method, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use storage_rs::analytics::*;
use storage_rs::{Body, Error, Result, StorageClient};

use shape::{Document, Fill};

const PREFIX: &str = "/storage/v1/iceberg";

fn catalog() -> IcebergCatalog {
    let storage = StorageClient::new("http://127.0.0.1:9", "key").unwrap();
    storage.analytics().catalog("warehouse")
}

/// A request of one of the calls, beside what the document says of it.
struct Made {
    operation: &'static str,
    request: Request<Body>,
}

impl Made {
    fn body(&self) -> Option<Value> {
        let bytes = self.request.body().as_bytes().unwrap();
        (!bytes.is_empty()).then(|| serde_json::from_slice(bytes).unwrap())
    }
}

macro_rules! made {
    ($($operation:literal: $call:expr;)*) => {
        vec![$(Made { operation: $operation, request: $call.into_request().unwrap() }),*]
    };
}

fn schema() -> Schema {
    Schema::new([Field::required(1, "id", Type::long())])
        .id(0)
        .identifier_fields([1])
}

/// Every call with all that can be said.
fn with_everything() -> Vec<Made> {
    let catalog = catalog();
    let table = || TableIdent::new(["accounting", "tax"], "sales");
    let space = ["accounting", "tax"];
    made! {
        "getConfig": catalog.config();
        "listNamespaces": catalog.list_namespaces().parent(space).page_token("t").page_size(5);
        "createNamespace": catalog.create_namespace(space).property("owner", "Raoul");
        "loadNamespaceMetadata": catalog.load_namespace(space);
        "namespaceExists": catalog.namespace_exists(space);
        "dropNamespace": catalog.drop_namespace(space);
        "updateProperties": catalog.update_namespace_properties(space)
            .remove("foo").remove("bar").set("owner", "Raoul");
        "listTables": catalog.list_tables(space).page_token("t").page_size(5);
        "createTable": catalog.create_table(table(), schema()).location("s3://b/t")
            .partition_spec(PartitionSpec::new([PartitionField::new(1, "id", ColumnTransform::Identity)]))
            .write_order(WriteOrder::new(0, [])).stage_create(true).property("owner", "Raoul");
        "registerTable": catalog.register_table(table(), "s3://b/t/1.json").overwrite();
        "loadTable": catalog.load_table(table()).snapshots(Snapshots::All);
        "updateTable": catalog.commit_table(table()).require(TableRequirement::AssertCreate).set_property("a", "b");
        "dropTable": catalog.drop_table(table()).purge();
        "tableExists": catalog.table_exists(table());
        "renameTable": catalog.rename_table((space, "paid"), (space, "owed"));
    }
}

/// Every call that has a body, with no more than must be said.
fn with_nothing() -> Vec<Made> {
    let catalog = catalog();
    made! {
        "createNamespace": catalog.create_namespace("a");
        "updateProperties": catalog.update_namespace_properties("a").set("k", "v");
        "createTable": catalog.create_table(("a", "t"), Schema::new([]));
        "registerTable": catalog.register_table(("a", "t"), "s3://b/t/1.json");
        "updateTable": catalog.commit_table(("a", "t"));
        "renameTable": catalog.rename_table(("a", "t"), ("a", "u"));
    }
}

#[test]
fn every_route_is_the_documents() {
    let document = Document::load();
    let made = with_everything();
    assert_eq!(made.len(), document.routes().len(), "every route is called");
    for (one, route) in made.iter().zip(document.routes()) {
        let operation = route["operation"].as_str().unwrap();
        assert_eq!(one.operation, operation);
        assert_eq!(
            one.request.method(),
            route["method"].as_str().unwrap(),
            "{operation}"
        );
        let path = route["path"].as_str().unwrap();
        let path = path
            .replace("{prefix}", "warehouse")
            .replace("{namespace}", "accounting%1Ftax")
            .replace("{table}", "sales");
        assert_eq!(
            one.request.uri().path(),
            format!("{PREFIX}{path}"),
            "{operation}"
        );
        let query = one.request.uri().query().unwrap_or_default();
        let sent: BTreeSet<&str> = query
            .split('&')
            .filter_map(|pair| pair.split_once('=').map(|(name, _)| name))
            .collect();
        let mut known: BTreeSet<&str> = names(&route["query"]);
        // Views are not part of the service.
        known.remove("referenced-by");
        assert_eq!(sent, known, "{operation}");
    }
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[test]
fn every_request_has_the_documents_fields() {
    let document = Document::load();
    let mut checked = 0;
    for (full, made) in [(true, with_everything()), (false, with_nothing())] {
        for one in made {
            let route = document.route(one.operation);
            let Some(shape) = route["request"].as_str() else {
                assert_eq!(one.body(), None, "{}", one.operation);
                continue;
            };
            let body = one.body().unwrap();
            document.check(shape, &body);
            if full {
                let said: BTreeSet<String> = body.as_object().unwrap().keys().cloned().collect();
                let mut fields = document.fields(shape);
                // Only in a transaction of several tables, which has a route of its own.
                if one.operation == "updateTable" {
                    fields.remove("identifier");
                }
                assert_eq!(said, fields, "{}", one.operation);
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 12);
}

#[test]
fn the_examples_of_requests_can_be_made() {
    let document = Document::load();
    let made = with_everything();
    let body = |operation: &str| {
        let one = made.iter().find(|one| one.operation == operation);
        one.unwrap().body().unwrap()
    };
    assert_eq!(
        body("renameTable"),
        *document.example("RenameTableSameNamespace")
    );
    assert_eq!(
        body("updateProperties"),
        *document.example("UpdateAndRemoveNamespacePropertiesRequest")
    );
}

/// Reads a value and writes it again: nothing may be lost, but a null that says the same as nothing.
fn whole<T: DeserializeOwned + Serialize + Debug>(shape: &str, document: &Document) -> Vec<T> {
    [Fill::Everything, Fill::Required, Fill::Nulls]
        .into_iter()
        .map(|fill| {
            let value = document.value(shape, fill);
            let read: T = serde_json::from_value(value.clone())
                .unwrap_or_else(|why| panic!("{shape} {fill:?}: {why}\n{value}"));
            let again = serde_json::to_value(&read).unwrap();
            document.superset(shape, &again, &value);
            read
        })
        .collect()
}

#[test]
fn every_shape_is_read_with_nothing_lost() {
    let document = Document::load();
    let d = &document;
    whole::<CatalogConfig>("CatalogConfig", d);
    whole::<NamespacePage>("ListNamespacesResponse", d);
    whole::<NamespaceMetadata>("GetNamespaceResponse", d);
    whole::<NamespaceMetadata>("CreateNamespaceResponse", d);
    whole::<UpdatedProperties>("UpdateNamespacePropertiesResponse", d);
    whole::<TablePage>("ListTablesResponse", d);
    whole::<Table>("LoadTableResult", d);
    whole::<Table>("CommitTableResponse", d);
    whole::<TableIdent>("TableIdentifier", d);
    whole::<SnapshotRef>("SnapshotReference", d);
    whole::<Snapshot>("Snapshot", d);
    whole::<PartitionSpec>("PartitionSpec", d);
    whole::<WriteOrder>("SortOrder", d);
    let schemas = whole::<Schema>("Schema", d);
    assert_eq!(schemas[0].kind, "struct");
    let tables = whole::<TableMetadata>("TableMetadata", d);
    assert!(tables[0].current_schema().is_some() && tables[0].current_snapshot().is_some());
}

#[test]
fn every_kind_of_type_is_known() {
    let document = Document::load();
    for kind in document.choices("Type") {
        let value = document.value(&kind, Fill::Everything);
        let read: Type = serde_json::from_value(value.clone()).unwrap();
        assert!(!matches!(read, Type::Other(_)), "{kind}: {value}");
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
    }
}

#[test]
fn every_change_and_requirement_is_known() {
    let document = Document::load();
    let updates = document.choices("TableUpdate");
    assert_eq!(updates.len(), 23);
    for update in updates {
        for read in whole::<TableUpdate>(&update, &document) {
            assert!(!matches!(read, TableUpdate::Other(_)), "{update}");
        }
    }
    let requirements = document.choices("TableRequirement");
    assert_eq!(requirements.len(), 8);
    for requirement in requirements {
        for read in whole::<TableRequirement>(&requirement, &document) {
            assert!(!matches!(read, TableRequirement::Other(_)), "{requirement}");
        }
    }
}

fn answered<T>(
    status: u64,
    body: &Value,
    decode: impl FnOnce(&http::response::Parts, bytes::Bytes) -> Result<T>,
) -> Result<T> {
    let status = u16::try_from(status).unwrap();
    let answer = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("sb-request-id", "r-1")
        .body(())
        .unwrap();
    decode(&answer.into_parts().0, body.to_string().into())
}

#[test]
fn every_example_of_an_error_says_what_it_is() {
    let document = Document::load();
    let errors = document.errors();
    assert_eq!(errors.len(), 18);
    for example in errors {
        let told = &example["error"];
        let code = told["code"].as_u64().unwrap();
        let kind = told["type"].as_str().unwrap();
        let calls: [Result<()>; 4] = [
            answered(code, example, |p, b| {
                catalog().register_table(("a", "t"), "f").decode(p, b)
            })
            .map(drop),
            answered(code, example, |p, b| {
                catalog().rename_table(("a", "t"), ("a", "u")).decode(p, b)
            }),
            answered(code, example, |p, b| {
                catalog()
                    .update_namespace_properties("a")
                    .set("k", "v")
                    .decode(p, b)
            })
            .map(drop),
            answered(code, example, |p, b| {
                catalog().commit_table(("a", "t")).decode(p, b)
            })
            .map(drop),
        ];
        for result in calls {
            let error: Error = result.unwrap_err();
            assert_eq!(error.code(), Some(kind));
            assert_eq!(error.message(), told["message"].as_str().unwrap());
            assert_eq!(error.status().map(|s| u64::from(s.as_u16())), Some(code));
            assert_eq!(error.request_id(), Some("r-1"));
            assert_eq!(error.is_not_found(), code == 404, "{kind}");
            assert_eq!(
                error.is_already_exists(),
                kind == "AlreadyExistsException",
                "{kind}"
            );
            let unknown = matches!(code, 500 | 502 | 504);
            assert_eq!(is_commit_state_unknown(&error), unknown, "{kind} {code}");
        }
    }
    let failed =
        json!({ "error": { "message": "m", "type": "CommitFailedException", "code": 409 } });
    let error = answered(409, &failed, |p, b| {
        catalog().commit_table(("a", "t")).decode(p, b)
    })
    .unwrap_err();
    assert!(is_commit_failed(&error) && !error.is_already_exists());
}

#[test]
fn yes_and_no_are_the_documents() {
    let exists = |status| {
        answered(status, &Value::Null, |p, _| {
            catalog()
                .table_exists(("a", "t"))
                .decode(p, bytes::Bytes::new())
        })
    };
    assert!(exists(204).unwrap());
    assert!(!exists(404).unwrap());
    for status in [400, 401, 403, 419, 500, 503] {
        assert!(exists(status).is_err(), "{status}");
    }
    let route = Document::load();
    assert_eq!(route.route("tableExists")["status"], 204);
    assert_eq!(route.route("tableExists")["method"], Method::HEAD.as_str());
}
