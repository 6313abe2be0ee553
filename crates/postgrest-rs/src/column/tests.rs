//! What is a column, what is not, and how it is written.

use super::{Column, EmbedPath, Kind, col};

fn sent(path: &str) -> String {
    col(path)
        .path()
        .map_or_else(|why| panic!("{why}"), str::to_owned)
}

fn refused(path: &str) -> String {
    col(path)
        .path()
        .err()
        .unwrap_or_else(|| panic!("{path:?} was taken"))
}

#[test]
fn paths_are_rendered_again() {
    for path in [
        "age",
        "_x1",
        "b c",
        "naïve",
        "a-b",
        "rel.col",
        "a.b.c",
        "data->>k",
        "data->a->0->>b",
        "data->-1",
        "rel.data->>k",
    ] {
        assert_eq!(sent(path), path);
    }
    assert_eq!(sent("\"full name\""), "full name");
    assert_eq!(sent(r#""a\"b""#), r#""a\"b""#);
    assert_eq!(sent("order"), "\"order\"");
    assert_eq!(sent("rel.limit"), "rel.\"limit\"");
    assert_eq!(sent("data->>a b"), "data->>\"a b\"");
    assert_eq!(sent("data->>\"1\""), "data->>\"1\"");
    assert_eq!(sent("data->>my-key->-1"), "data->>\"my-key\"->-1");
    assert_eq!(sent("data->1a"), "data->\"1a\"");
    assert_eq!(sent("data->>\"\""), "data->>\"\"");
    assert_eq!(sent("表"), "\"表\"");
}

#[test]
fn what_is_no_column_is_refused() {
    for path in [
        "", " ", "a,b", "a.", ".a", "a..b", "id::text", "a->", "a->>", "a(b", "a=b", "a&b",
        "\"open", " a", "a ", "a\n", "*", "a)", "id;x", "a->b:c", "a->\"b", "a->b c\n", "\"\"",
    ] {
        assert!(
            refused(path).contains("column"),
            "{path:?}: {}",
            refused(path)
        );
    }
    assert!(refused("id::text").contains("cast"));
    assert!(refused("rel(col)").contains("ordered"));
    assert!(Column::exact("").path().is_err());
    assert!(Column::exact("a\0").path().is_err());
}

#[test]
fn embedded_columns_do_not_go_into_trees() {
    assert!(col("orders.total").field_in_tree().is_err());
    assert_eq!(col("total").field_in_tree(), Ok("total"));
}

#[test]
fn order_takes_related_columns() {
    assert_eq!(
        col("section(name)").order_parts(),
        Ok(("", "section(name)"))
    );
    assert_eq!(col("cities.name").order_parts(), Ok(("cities", "name")));
    assert_eq!(col("name").on("a.b").order_parts(), Ok(("a.b", "name")));
}

#[test]
fn exact_names_take_anything() {
    assert_eq!(Column::exact("a.b").path(), Ok("\"a.b\""));
    assert_eq!(Column::exact("data").json("x").kind, Kind::JsonPath);
    assert_eq!(Column::exact("a.b").on("rel").path(), Ok("rel.\"a.b\""));
}

#[test]
fn embed_paths_are_checked() {
    assert_eq!(
        EmbedPath::parse("a.b").map(|path| path.0),
        Ok("a.b".to_owned())
    );
    assert_eq!(
        EmbedPath::parse("\"odd.table\"").map(|path| path.0),
        Ok("\"odd.table\"".to_owned())
    );
    for path in ["", "a.", "a,b", "a&or", "a()"] {
        assert!(EmbedPath::parse(path).is_err(), "{path:?}");
    }
}
