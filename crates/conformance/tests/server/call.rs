//! A recorded request, made again with the SDK.

use conformance::probe::{Observe, Probe, client, probe};
use postgrest_rs::query::shape::{DryRun, JsonShape, Layered, NoRows, RowShape, Shape};
use postgrest_rs::query::verb::{Affects, Ready, Writes, WritesFields};
use postgrest_rs::{
    Count, Explain, PlanJson, PlanText, PostgrestClient, Query, Relation, Returning,
};
use serde_json::{Map, Value};

use crate::expected::Answer;
use crate::pairs::{self, Pairs};
use crate::{Made, Reason, Recorded};

/// A call, and what it is to give.
pub(crate) struct Call {
    pub(crate) probe: Probe,
    pub(crate) made: Made,
    pub(crate) answer: (Answer, bool),
}

/// What was preferred, as methods.
#[derive(Debug, Clone, Default)]
struct Wanted {
    rows: bool,
    returning: Option<Returning>,
    count: Option<Count>,
    merge: bool,
    ignore: bool,
    missing_default: bool,
    max_affected: Option<u64>,
    dry_run: bool,
    media: Media,
    /// Sent as headers, since there is no method for it.
    headers: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy, Default)]
enum Media {
    #[default]
    Json,
    Object,
    WithoutNulls,
    ObjectWithoutNulls,
    Csv,
    GeoJson,
    PlanText(Options),
    PlanJson(Options),
}

#[derive(Debug, Clone, Copy, Default)]
struct Options {
    analyze: bool,
    verbose: bool,
    settings: bool,
    buffers: bool,
    wal: bool,
    object: bool,
    geojson: bool,
}

impl Options {
    fn read(accept: &str) -> Result<Self, Reason> {
        let list = accept.split("options=").nth(1).unwrap_or_default().trim_end_matches(';');
        let mut options = Self {
            object: accept.contains("object+json"),
            geojson: accept.contains("geo+json"),
            ..Self::default()
        };
        for name in list.split('|').filter(|name| !name.is_empty()) {
            match name {
                "analyze" => options.analyze = true,
                "verbose" => options.verbose = true,
                "settings" => options.settings = true,
                "buffers" => options.buffers = true,
                "wal" => options.wal = true,
                _ => return Err("an option of plans that there is not"),
            }
        }
        Ok(options)
    }

    fn explain(self) -> Explain<PlanText> {
        let mut explain = Explain::new();
        for (on, with) in [
            (self.analyze, Explain::analyze as fn(Explain<PlanText>) -> Explain<PlanText>),
            (self.verbose, Explain::verbose),
            (self.settings, Explain::settings),
            (self.buffers, Explain::buffers),
            (self.wal, Explain::wal),
        ] {
            if on {
                explain = with(explain);
            }
        }
        explain
    }

    fn explain_json(self) -> Explain<PlanJson> {
        self.explain().json()
    }
}

fn media(accept: &str) -> Result<Media, Reason> {
    Ok(match accept {
        "" | "*/*" | "application/json" => Media::Json,
        "application/vnd.pgrst.object+json" => Media::Object,
        "application/vnd.pgrst.array+json;nulls=stripped" => Media::WithoutNulls,
        "application/vnd.pgrst.object+json;nulls=stripped" => Media::ObjectWithoutNulls,
        "text/csv" => Media::Csv,
        "application/geo+json" => Media::GeoJson,
        plan if plan.contains("plan+") && plan.contains("for=\"") => {
            let options = Options::read(plan)?;
            if plan.contains("plan+text") {
                Media::PlanText(options)
            } else {
                Media::PlanJson(options)
            }
        }
        _ => return Err("a media type that no method asks for"),
    })
}

fn wanted(recorded: &Recorded) -> Result<Wanted, Reason> {
    let headers = &recorded.request.headers;
    let mut wanted = Wanted {
        media: media(headers.get("accept").map_or("", |accept| accept))?,
        ..Wanted::default()
    };
    for name in ["range", "range-unit"] {
        if let Some(value) = headers.get(name) {
            wanted.headers.push((name, value.clone()));
        }
    }
    let Some(prefer) = headers.get("prefer") else { return Ok(wanted) };
    let mut raw = false;
    let tokens: Vec<_> = prefer.split(',').map(str::trim).collect();
    for token in &tokens {
        match *token {
            "return=representation" if !tokens.contains(&"return=minimal") => wanted.rows = true,
            "return=minimal" if !tokens.contains(&"return=representation") => {
                wanted.returning = Some(Returning::Minimal)
            }
            "return=headers-only" => wanted.returning = Some(Returning::HeadersOnly),
            "count=exact" => wanted.count = Some(Count::Exact),
            "count=planned" => wanted.count = Some(Count::Planned),
            "count=estimated" => wanted.count = Some(Count::Estimated),
            "resolution=merge-duplicates" => wanted.merge = true,
            "resolution=ignore-duplicates" => wanted.ignore = true,
            "missing=default" => wanted.missing_default = true,
            "tx=rollback" => wanted.dry_run = true,
            "handling=strict" if prefer.contains("max-affected=") => {}
            limit => match limit.strip_prefix("max-affected=").and_then(|rows| rows.parse().ok()) {
                Some(rows) if prefer.contains("handling=strict") => {
                    wanted.max_affected = Some(rows)
                }
                _ => raw = true,
            },
        }
    }
    if raw {
        // A header of one's own replaces the whole list.
        if wanted.max_affected.is_some() || wanted.dry_run {
            return Err("a preference that no method asks for, beside one that protects");
        }
        wanted.headers.push(("prefer", prefer.clone()));
    }
    Ok(wanted)
}

/// Makes the request again, or says why the SDK does not send such.
pub(crate) fn made(recorded: &Recorded) -> Result<Call, Reason> {
    let request = &recorded.request;
    let mut wanted = wanted(recorded)?;
    let db = client().map_err(|_| "no client")?;
    let profile =
        ["accept-profile", "content-profile"].iter().find_map(|name| request.headers.get(*name));
    let db = match profile {
        Some(schema) => db.schema(schema),
        None => db.without_schema(),
    };
    let path =
        request.path.strip_prefix("/rest/v1/").ok_or("a path outside of the database API")?;
    let segments: Vec<String> = path
        .split('/')
        .map(|segment| {
            percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
        })
        .collect();
    let reads = matches!(request.method.as_str(), "GET" | "HEAD");
    let body = match (reads, &request.body) {
        (false, body) if body.is_object() => Some(body.get("json").ok_or("bodies are JSON")?),
        _ => None,
    };
    let mut made = if wanted.headers.is_empty() { Made::Typed } else { Made::Raw };
    let (probe, answer) = match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["rpc", name] if !name.is_empty() => {
            let pairs = pairs::read(recorded, reads)?;
            if pairs.has_raw() {
                made = Made::Raw;
            }
            function(&db, name, &request.method, body, &pairs, &wanted)?
        }
        [table] if !table.is_empty() => {
            let pairs = pairs::read(recorded, false)?;
            if pairs.has_raw() {
                made = Made::Raw;
            }
            let table = db.from(Relation::exact(*table));
            match request.method.as_str() {
                "GET" | "HEAD" => read(&table, request.method == "HEAD", &pairs, &wanted)?,
                "POST" => {
                    if !pairs.filters.is_empty() || pairs.has_page() {
                        return Err("an insert takes neither filters nor pages");
                    }
                    let rows = body.ok_or("an insert has a body")?;
                    let inserts = !wanted.merge && !wanted.ignore;
                    if inserts && pairs.on_conflict.is_none() {
                        write(fields(table.insert(rows), &wanted), &pairs, &mut wanted)?
                    } else if inserts {
                        return Err("`on_conflict` says what to do with conflicts");
                    } else {
                        let mut query = table.upsert(rows);
                        if let Some(names) = &pairs.on_conflict {
                            query = query.on_conflict(names.iter().map(|name| pairs::named(name)));
                        }
                        if wanted.ignore {
                            query = query.ignore_duplicates();
                        }
                        write(fields(query, &wanted), &pairs, &mut wanted)?
                    }
                }
                "PATCH" => {
                    if pairs.has_page() || pairs.columns.is_some() {
                        return Err("an update takes neither pages nor a list of columns");
                    }
                    let changes = body.ok_or("an update has a body")?;
                    let query = fields(pairs.filter(table.update(changes).all_rows()), &wanted);
                    write(affected(query, &wanted), &pairs, &mut wanted)?
                }
                "DELETE" => {
                    if pairs.has_page() {
                        return Err("a delete takes no pages");
                    }
                    let query = pairs.filter(table.delete().all_rows());
                    write(affected(query, &wanted), &pairs, &mut wanted)?
                }
                _ => return Err("a method that no verb sends"),
            }
        }
        _ => return Err("a name is one segment of the path"),
    };
    Ok(Call { probe, made, answer })
}

type Done = Result<(Probe, (Answer, bool)), Reason>;

fn read(table: &postgrest_rs::Table, head: bool, pairs: &Pairs, wanted: &Wanted) -> Done {
    let select = pairs.select.clone().unwrap_or_else(|| "*".to_owned());
    if head {
        let query = pairs.page(pairs.filter(table.select::<Value>(select)));
        return Ok(match wanted.media {
            Media::Object => end(query.single().head(), wanted, Answer::Nothing),
            _ => end(query.head(), wanted, Answer::Nothing),
        });
    }
    match wanted.media {
        Media::Csv => Ok(end(pairs.page(pairs.filter(table.csv(select))), wanted, Answer::Text)),
        Media::GeoJson => {
            Ok(end(pairs.page(pairs.filter(table.geojson(select))), wanted, Answer::Json))
        }
        Media::PlanText(options) if options.geojson => {
            let query = pairs.page(pairs.filter(table.geojson(select)));
            Ok(end(query.explain(options.explain()), wanted, Answer::Text))
        }
        _ => rows(pairs.page(pairs.filter(table.select::<Value>(select))), wanted),
    }
}

fn function(
    db: &PostgrestClient,
    name: &str,
    method: &str,
    body: Option<&Value>,
    pairs: &Pairs,
    wanted: &Wanted,
) -> Done {
    let mut query = match (method, body) {
        ("POST", Some(body)) => db.rpc::<Value>(name, body),
        ("POST", None) => db.rpc::<Value>(name, ()),
        ("GET" | "HEAD", _) if pairs.arguments.is_empty() => db.rpc::<Value>(name, ()).get(),
        ("GET" | "HEAD", _) => {
            let arguments: Map<_, _> = pairs
                .arguments
                .iter()
                .map(|(name, text)| (name.clone(), Value::from(text.as_str())))
                .collect();
            db.rpc::<Value>(name, &arguments).get()
        }
        _ => return Err("a method that no verb sends"),
    };
    if pairs.columns.is_some() {
        return Err("a function takes its arguments, no list of them");
    }
    if let Some(select) = &pairs.select {
        query = query.select(select.as_str());
    }
    let query = affected(pairs.page(pairs.filter(query)), wanted);
    if method == "HEAD" {
        return Ok(end(query.head(), wanted, Answer::Nothing));
    }
    match wanted.media {
        Media::Csv => Ok(end(query.csv(), wanted, Answer::Text)),
        Media::GeoJson => Err("a function gives no GeoJSON"),
        _ => rows(query, wanted),
    }
}

fn fields<V: WritesFields, R>(query: Query<V, R>, wanted: &Wanted) -> Query<V, R> {
    if wanted.missing_default { query.default_to_null(false) } else { query }
}

fn affected<V: Affects, R>(query: Query<V, R>, wanted: &Wanted) -> Query<V, R> {
    match wanted.max_affected {
        Some(rows) => query.max_affected(rows),
        None => query,
    }
}

fn write<V: Writes + Ready>(query: Query<V, NoRows>, pairs: &Pairs, wanted: &mut Wanted) -> Done {
    if wanted.rows {
        let select = pairs.select.clone().unwrap_or_else(|| "*".to_owned());
        return rows(query.select::<Value>(select), wanted);
    }
    if pairs.select.is_some() || !matches!(wanted.media, Media::Json) {
        return Err("a write that asks for no rows has no columns and no shape");
    }
    let query = match wanted.returning {
        Some(returning) => query.returning(returning),
        None => query,
    };
    Ok(end(query, wanted, Answer::Nothing))
}

/// Rows, in the shape that was asked for.
fn rows<V, R>(query: Query<V, R>, wanted: &Wanted) -> Done
where
    V: Ready,
    R: RowShape<Row = Value>
        + JsonShape
        + Shape<Output: Observe>
        + Layered<Full: Shape<Output: Observe> + 'static>
        + 'static,
    R: Layered<
            As<postgrest_rs::query::shape::One<Value>> = postgrest_rs::query::shape::One<Value>,
            As<postgrest_rs::query::shape::PlanIn<PlanText>> = postgrest_rs::query::shape::PlanIn<
                PlanText,
            >,
            As<postgrest_rs::query::shape::PlanIn<PlanJson>> = postgrest_rs::query::shape::PlanIn<
                PlanJson,
            >,
        >,
{
    Ok(match wanted.media {
        Media::Json => end(query, wanted, Answer::Json),
        Media::WithoutNulls => end(query.strip_nulls(), wanted, Answer::Json),
        Media::Object => end(query.single(), wanted, Answer::Json),
        Media::ObjectWithoutNulls => end(query.strip_nulls().single(), wanted, Answer::Json),
        Media::PlanText(options) => end(query.explain(options.explain()), wanted, Answer::Text),
        Media::PlanJson(options) if options.object => {
            end(query.single().explain(options.explain_json()), wanted, Answer::Json)
        }
        Media::PlanJson(options) => {
            end(query.explain(options.explain_json()), wanted, Answer::Json)
        }
        Media::Csv | Media::GeoJson => return Err("a write answers rows as JSON"),
    })
}

fn end<V, R>(mut query: Query<V, R>, wanted: &Wanted, answer: Answer) -> (Probe, (Answer, bool))
where
    V: Ready,
    R: Shape<Output: Observe> + Layered<Full: Shape<Output: Observe> + 'static> + 'static,
{
    for (name, value) in &wanted.headers {
        query = query.header(*name, value.as_str());
    }
    let probe = match (wanted.count, wanted.dry_run) {
        (None, false) => probe(query),
        (None, true) => probe::<V, DryRun<R>>(query.dry_run()),
        (Some(count), false) => probe(query.count(count)),
        (Some(count), true) => probe::<V, DryRun<R::Full>>(query.count(count).dry_run()),
    };
    (probe, (answer, wanted.count.is_some()))
}
