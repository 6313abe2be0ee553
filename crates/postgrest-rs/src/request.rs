//! A request in the making: everything that was asked for, until it is rendered once.

use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use supabase_http::{Body, CallOptions, Error, Result, encode_into};

use crate::column::EmbedPath;
use crate::explain::Options as ExplainOptions;
use crate::filter::separate;
use crate::prefer::{PREFER, Prefer};
use crate::{Filter, OrderBy, PostgrestClient};

const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const CONTENT_PROFILE: HeaderName = HeaderName::from_static("content-profile");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What the answer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Object,
    Csv,
    GeoJson,
}

impl Media {
    fn name(self, without_nulls: bool) -> &'static str {
        match (self, without_nulls) {
            (Self::Json, false) => "application/json",
            (Self::Json, true) => "application/vnd.pgrst.array+json;nulls=stripped",
            (Self::Object, false) => "application/vnd.pgrst.object+json",
            (Self::Object, true) => "application/vnd.pgrst.object+json;nulls=stripped",
            (Self::Csv, _) => "text/csv",
            (Self::GeoJson, _) => "application/geo+json",
        }
    }
}

/// Order and page of one level: the rows themselves, or those of one embedded relation.
#[derive(Debug, Clone, Default)]
struct Page {
    order: String,
    offset: Option<u64>,
    limit: Option<u64>,
}

impl Page {
    fn push_pairs(&self, query: &mut String, path: &str) {
        if !self.order.is_empty() {
            push_key(query, path, "order");
            encode_into(query, &self.order);
        }
        for (name, value) in [("offset", self.offset), ("limit", self.limit)] {
            if let Some(value) = value {
                push_key(query, path, name);
                crate::literal::push_display(query, &value);
            }
        }
    }
}

fn push_key(query: &mut String, path: &str, name: &str) {
    separate(query);
    if !path.is_empty() {
        encode_into(query, path);
        query.push('.');
    }
    query.push_str(name);
    query.push('=');
}

/// Whether the conditions of a write were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Reads and inserts need none.
    Free,
    /// An update or delete without any condition that excludes a row.
    Unfiltered,
    /// One that has such a condition, or `all_rows`.
    Met,
}

#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) client: PostgrestClient,
    pub(crate) method: Method,
    /// The name of the table, view or function; already checked.
    pub(crate) name: Arc<str>,
    pub(crate) is_function: bool,
    pub(crate) body: Option<Bytes>,
    /// Cleaned text, not encoded.
    pub(crate) select: Option<String>,
    pub(crate) columns: String,
    pub(crate) on_conflict: String,
    /// Encoded pairs.
    filters: String,
    page: Page,
    embedded: Vec<(String, Page)>,
    pub(crate) prefer: Prefer,
    pub(crate) media: Media,
    pub(crate) without_nulls: bool,
    pub(crate) explain: Option<ExplainOptions>,
    pub(crate) headers: HeaderMap,
    pub(crate) options: CallOptions,
    pub(crate) guard: Guard,
    pub(crate) default_limit: Option<u64>,
    problem: Option<String>,
}

impl Draft {
    pub(crate) fn new(
        client: &PostgrestClient,
        method: Method,
        name: std::result::Result<Arc<str>, String>,
        operation: &'static str,
    ) -> Self {
        let (name, problem) = match name {
            Ok(name) => (name, None),
            Err(why) => (Arc::from(""), Some(why)),
        };
        Self {
            client: client.clone(),
            method,
            name,
            is_function: false,
            body: None,
            select: None,
            columns: String::new(),
            on_conflict: String::new(),
            filters: String::new(),
            page: Page::default(),
            embedded: Vec::new(),
            prefer: Prefer::default(),
            media: Media::Json,
            without_nulls: false,
            explain: None,
            headers: HeaderMap::new(),
            options: CallOptions::new(operation).template("/rest/v1/{table}"),
            guard: Guard::Free,
            default_limit: None,
            problem,
        }
    }

    /// Keeps the first problem; it comes out when the request is rendered.
    pub(crate) fn refuse(&mut self, why: impl Into<String>) {
        self.problem.get_or_insert_with(|| why.into());
    }

    /// Takes the value, or keeps the problem.
    pub(crate) fn take<T>(&mut self, result: std::result::Result<T, String>) -> Option<T> {
        result.map_err(|why| self.refuse(why)).ok()
    }

    pub(crate) fn filter(&mut self, filter: &Filter) {
        if self.filters.capacity() == 0 {
            self.filters.reserve(96);
        }
        let before = self.filters.len();
        match filter.push_pairs(&mut self.filters) {
            Ok(true) if self.guard == Guard::Unfiltered => self.guard = Guard::Met,
            Ok(_) => {}
            Err(why) => {
                self.filters.truncate(before);
                self.refuse(why);
            }
        }
    }

    /// Adds a pair whose value the user wrote in PostgREST's own grammar.
    pub(crate) fn raw_pair(&mut self, key: &str, value: &str, embedded: bool) {
        separate(&mut self.filters);
        encode_into(&mut self.filters, key);
        self.filters.push('=');
        encode_into(&mut self.filters, value);
        if self.guard == Guard::Unfiltered && !embedded {
            self.guard = Guard::Met;
        }
    }

    pub(crate) fn order(&mut self, order: &OrderBy) {
        match order.parts() {
            Ok((path, term)) => {
                let page = self.page_at(path);
                // A second `order` key would be ignored.
                if page.order.is_empty() {
                    page.order.reserve(32);
                } else {
                    page.order.push(',');
                }
                term.into_iter().for_each(|part| page.order.push_str(part));
            }
            Err(why) => self.refuse(why),
        }
    }

    pub(crate) fn limit(&mut self, path: Option<&str>, limit: u64) {
        if let Some(page) = self.page_of(path) {
            page.limit = Some(limit);
        }
    }

    pub(crate) fn offset(&mut self, path: Option<&str>, offset: u64) {
        if let Some(page) = self.page_of(path) {
            page.offset = Some(offset);
        }
    }

    pub(crate) fn range(&mut self, path: Option<&str>, range: &impl RangeBounds<u64>) {
        let from = match range.start_bound() {
            Bound::Included(from) => Some(*from),
            Bound::Excluded(from) => Some(from.saturating_add(1)),
            Bound::Unbounded => None,
        };
        let end = match range.end_bound() {
            Bound::Included(to) => Some(to.saturating_add(1)),
            Bound::Excluded(to) => Some(*to),
            Bound::Unbounded => None,
        };
        let limit = match end.map(|end| end.checked_sub(from.unwrap_or(0))) {
            Some(None) => return self.refuse("a range of rows ends before it begins"),
            Some(limit) => limit,
            None => None,
        };
        if let Some(page) = self.page_of(path) {
            page.offset = from.or(page.offset);
            page.limit = limit.or(page.limit);
        }
    }

    /// Offset and limit of the rows themselves.
    pub(crate) fn page(&self) -> (Option<u64>, Option<u64>) {
        (self.page.offset, self.page.limit)
    }

    pub(crate) fn set_page(&mut self, offset: Option<u64>, limit: Option<u64>) {
        self.page.offset = offset;
        self.page.limit = limit;
    }

    /// The order of the rows themselves.
    pub(crate) fn order_text(&self) -> &str {
        &self.page.order
    }

    fn page_of(&mut self, path: Option<&str>) -> Option<&mut Page> {
        match path {
            None => Some(&mut self.page),
            Some(path) => {
                let path = self.take(EmbedPath::parse(path))?;
                Some(self.page_at(&path.0))
            }
        }
    }

    fn page_at(&mut self, path: &str) -> &mut Page {
        if path.is_empty() {
            return &mut self.page;
        }
        let known = self.embedded.iter().position(|(known, _)| known == path);
        if known.is_none() {
            self.embedded.push((path.to_owned(), Page::default()));
        }
        let at = known.unwrap_or(self.embedded.len() - 1);
        match self.embedded.get_mut(at) {
            Some((_, page)) => page,
            None => &mut self.page,
        }
    }

    /// Leaves of the rows that it is about at most `rows`, whichever, and of what it does nothing but reading them.
    pub(crate) fn only_rows(&mut self, rows: u64) {
        self.select = None;
        self.columns.clear();
        self.on_conflict.clear();
        self.filters.clear();
        self.embedded.clear();
        self.page = Page {
            limit: Some(rows),
            ..Page::default()
        };
        self.media = Media::Json;
        self.without_nulls = false;
        self.explain = None;
        self.guard = Guard::Free;
        self.prefer = Prefer::default();
    }

    /// Boxed as it is: moved out of its box, it would be copied whole.
    pub(crate) fn into_request(mut self: Box<Self>) -> Result<Request<Body>> {
        if let Some(why) = self.problem {
            return Err(Error::request(why));
        }
        if self.guard == Guard::Unfiltered {
            return Err(Error::request(
                "this would change every row: its filters say nothing about the rows of the table itself (those on \
                 embedded relations only choose what is returned); add one that does, or `.all_rows()`",
            ));
        }
        let protected = self.prefer.rollback || self.prefer.max_affected.is_some();
        if protected && self.headers.contains_key(PREFER) {
            return Err(Error::request(
                "a `prefer` header of one's own would replace what `dry_run` or `max_affected` ask for",
            ));
        }
        if self.page.limit.is_none() {
            self.page.limit = self.default_limit;
        }
        let reads = matches!(self.method, Method::GET | Method::HEAD);
        let query = self.query(reads)?;
        let limit = self.client.max_url_length;
        let too_long = |bytes: usize| {
            Error::request(format!(
                "the URL would be {bytes} bytes long and {limit} are allowed, since gateways refuse longer ones; put \
                 the condition into a database function and call it with `rpc`, which sends its arguments in the body"
            ))
        };
        if query.len() > limit {
            return Err(too_long(query.len()));
        }
        let uri = self.client.service.endpoint().uri();
        let uri = if self.is_function {
            uri.segment("rpc")
        } else {
            uri
        };
        let uri = uri.segment(&self.name).raw_query(&query).finish()?;
        let length = uri.path_and_query().map_or(0, |path| path.as_str().len());
        if length > limit {
            return Err(too_long(length));
        }

        let mut request = Request::new(match self.body.take() {
            Some(body) if !reads => Body::from(body),
            _ => Body::empty(),
        });
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        if let Some(schema) = self.client.schema.header()? {
            headers.insert(
                if reads {
                    ACCEPT_PROFILE
                } else {
                    CONTENT_PROFILE
                },
                schema.clone(),
            );
        }
        if !reads {
            headers.insert(CONTENT_TYPE, JSON);
        }
        if let Some(accept) = self.accept()? {
            headers.insert(ACCEPT, accept);
        }
        if let Some(prefer) = self.prefer.header() {
            headers.insert(PREFER, prefer);
            // The server takes the first token of a group, so the client's own come after.
            for shared in self.client.service.headers().get_all(PREFER) {
                headers.append(PREFER, shared.clone());
            }
        }
        // The caller's own headers win.
        let mut name = None;
        for (next, value) in self.headers.drain() {
            name = next.or(name);
            if let Some(name) = &name {
                headers.insert(name.clone(), value);
            }
        }
        *request.method_mut() = self.method;
        Ok(request)
    }

    fn query(&self, reads: bool) -> Result<String> {
        let mut query = String::with_capacity(128 + self.filters.len());
        if self.is_function && reads {
            if let Some(args) = &self.body {
                crate::rpc::push_pairs(&mut query, args).map_err(Error::request)?;
            }
        }
        let mut pair = |name: &str, value: &str| {
            separate(&mut query);
            query.push_str(name);
            query.push('=');
            encode_into(&mut query, value);
        };
        if !self.on_conflict.is_empty() {
            pair("on_conflict", &self.on_conflict);
        }
        if !self.columns.is_empty() {
            pair("columns", &self.columns);
        }
        if let Some(select) = &self.select {
            pair("select", select);
        }
        if !self.filters.is_empty() {
            separate(&mut query);
            query.push_str(&self.filters);
        }
        self.page.push_pairs(&mut query, "");
        for (path, page) in &self.embedded {
            page.push_pairs(&mut query, path);
        }
        Ok(query)
    }

    fn accept(&self) -> Result<Option<HeaderValue>> {
        let media = self.media.name(self.without_nulls);
        match &self.explain {
            Some(options) => HeaderValue::try_from(options.media_type(media))
                .map(Some)
                .map_err(|why| Error::request_caused_by("the plan cannot be asked for", why)),
            None if self.media == Media::Json && !self.without_nulls => Ok(None),
            None => Ok(Some(HeaderValue::from_static(media))),
        }
    }
}

/// Checks the name of a table, view or function that stands in a URL's path.
pub(crate) fn check_name(what: &str, name: &str) -> std::result::Result<(), String> {
    let fail = |why: &str| Err(format!("{name:?} cannot be the name of a {what}: {why}"));
    if name.trim().is_empty() {
        return fail("it is empty");
    }
    if name == "." || name == ".." {
        return fail("it would leave its place in the URL");
    }
    if name.contains(char::is_control) {
        return fail("it holds a control character");
    }
    Ok(())
}

/// Text with its percent signs undone, to show it to people.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16));
        if let (Some(high), Some(low)) = (digit(), digit()) {
            out.extend(u8::try_from(high * 16 + low));
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
