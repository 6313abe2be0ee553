//! The splitter against serde_json on the whole, with every way to cut the input.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// Reads `text` in pieces that end at `cuts`.
fn read(text: &[u8], cuts: impl IntoIterator<Item = usize>) -> Result<Vec<Value>, String> {
    let mut splitter = Splitter::new(usize::MAX);
    let mut out = Vec::new();
    let mut from = 0;
    for to in cuts.into_iter().chain([text.len()]) {
        splitter.feed(Bytes::copy_from_slice(&text[from..to]));
        from = to;
        while let Step::Row(row) = splitter.step().map_err(|flaw| flaw.to_string())? {
            out.push(serde_json::from_slice(&row).map_err(|why| why.to_string())?);
        }
    }
    splitter.finish().map_err(|flaw| flaw.to_string())?;
    assert_eq!(splitter.rows(), out.len() as u64);
    Ok(out)
}

fn whole(text: &[u8]) -> Option<Vec<Value>> {
    serde_json::from_slice(text).ok()
}

const TEXTS: [&str; 42] = [
    "[]",
    " [ ] ",
    "[1]",
    "[1,2 , 3]\n",
    "[{\"a\":1}, \n {\"a\":2}]",
    r#"[{"a":"}],[{\"\\"},{"b":"\\\""},"x]","\"",["]",[{}]]]"#,
    r#"["\u005d\u0022","é表😀",-1.5e-10,true,false,null]"#,
    "[[[[1]],[]],{}]",
    "[{\"a\":{\"b\":[{\"c\":\"[\"}]}}]",
    "[12345678901234567890.123,0]",
    "",
    " ",
    "null",
    "{}",
    "{\"code\":\"x\"}",
    "1",
    "\"[]\"",
    "[",
    "]",
    "[,]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,,2]",
    "[{}{}]",
    "[\"a\"\"b\"]",
    "[\"a\" 1]",
    "[{]}",
    "[}]",
    "[1}",
    "[{\"a\":1]",
    "[{\"a\":1}",
    "[1",
    "[\"a",
    "[\"a\\",
    "[tru]",
    "[1]x",
    "[1]]",
    "[1][2]",
    "[\"\u{1}\"]",
    "[nul,l]",
    "[{\"a\":1}}]",
];

#[test]
fn it_reads_what_serde_reads_and_refuses_what_serde_refuses_at_every_cut() {
    let mut taken = 0;
    for text in TEXTS {
        let bytes = text.as_bytes();
        let expected = whole(bytes);
        taken += usize::from(expected.is_some());
        for cut in 0..=bytes.len() {
            assert_eq!(read(bytes, [cut]).ok(), expected, "{text:?} cut at {cut}");
        }
        assert_eq!(
            read(bytes, 0..=bytes.len()).ok(),
            expected,
            "{text:?} byte by byte"
        );
        let rows: Option<Vec<Bytes>> = rows_of(Bytes::from(text)).ok();
        let parsed = rows.map(|rows| {
            let parse = |row: &Bytes| serde_json::from_slice::<Value>(row);
            rows.iter().map(parse).collect::<Result<Vec<_>, _>>()
        });
        assert_eq!(parsed.and_then(Result::ok), expected, "{text:?}");
    }
    assert_eq!(taken, 10);
}

#[test]
fn flaws_name_the_row() {
    let flaw = |text: &str| rows_of::<Vec<Bytes>>(Bytes::from(text.to_owned())).unwrap_err();
    let told = |text: &str| flaw(text).to_string();
    assert_eq!(told("  "), "it is empty where a list of rows is expected");
    assert_eq!(told("{}"), "it is no list of rows");
    assert_eq!(told("["), "it breaks off before the first row");
    assert_eq!(told("[{}, {}"), "it breaks off after row 1");
    assert_eq!(told("[{}, {\"a\""), "it breaks off inside row 1");
    assert_eq!(
        told("[1]2"),
        "something follows the end of the list after row 0"
    );
    assert_eq!(told("[1,,2]"), "the list of rows is malformed after row 0");
}

#[test]
fn a_row_has_at_most_so_many_bytes() {
    let text = br#"["12345678",{"a":12345678},123456789012]"#;
    for size in [1, 3, 7, 100] {
        for (max, rows) in [(14, 3), (12, 1), (10, 1), (9, 0)] {
            let mut splitter = Splitter::new(max);
            let mut found = 0;
            let mut ended = None;
            'all: for chunk in text.chunks(size) {
                splitter.feed(Bytes::copy_from_slice(chunk));
                loop {
                    match splitter.step() {
                        Ok(Step::Row(_)) => found += 1,
                        Ok(Step::Hungry) => break,
                        Err(flaw) => {
                            ended = Some(flaw);
                            break 'all;
                        }
                    }
                }
                assert!(splitter.carry.len() <= max);
            }
            assert_eq!(found, rows, "{max} in chunks of {size}");
            let expected = (rows < 3).then_some(Flaw::TooLong {
                row: rows,
                max_bytes: max,
            });
            assert_eq!(ended, expected);
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        r#"[\\"\[\]{},:\n é]{0,8}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(r#"[\\"\[\]{}a-c]{0,4}"#, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_list_comes_out_row_by_row(
        rows in prop::collection::vec(json(), 0..8),
        pretty in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let text = if pretty { serde_json::to_vec_pretty(&rows) } else { serde_json::to_vec(&rows) }.unwrap();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(read(&text, cuts).unwrap(), rows);
    }

    #[test]
    fn any_bytes_are_judged_as_serde_judges_them(
        text in r#"\[?[\[\]{},:"\\ \n01.e\-truefalsn]{0,14}\]?"#,
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = text.as_bytes();
        prop_assert_eq!(read(bytes, [cut.index(bytes.len() + 1)]).ok(), whole(bytes));
    }

    #[test]
    fn a_list_that_was_changed_anywhere_is_judged_as_serde_judges_it(
        rows in prop::collection::vec(json(), 0..5),
        at in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"[]{},:\"\\ 0a".to_vec()),
        how in 0..3,
    ) {
        let mut text = serde_json::to_vec(&rows).unwrap();
        let at = at.index(text.len());
        match how {
            0 => text[at] = byte,
            1 => text.insert(at, byte),
            _ => { text.remove(at); }
        }
        prop_assert_eq!(read(&text, [at]).ok(), whole(&text));
    }
}
