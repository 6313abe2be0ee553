//! Lists of objects in pages, by a cursor.

use std::fmt;
use std::future::{Future as _, IntoFuture as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::Method;
use serde::{Deserialize, Serialize};
use supabase_http::{Error, Idempotency, Result};

use super::FileClient;
use super::list::{Folder, Sort};
use crate::Sending;
use crate::call::{self, Prepared, Setup, operation, with_json};
use crate::model::{FileObject, SortBy, SortOrder, Versions};

/// Lists objects in pages; see [`FileClient::list_v2`]. A read, so it is tried again like one.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::{SortBy, SortOrder, Versions};
///
/// let list = files.list_v2().prefix("cats/").with_delimiter().limit(20).sort_by(SortBy::Name, SortOrder::Descending);
/// let page = list.await?;
/// let next = files.list_v2().cursor(page.next_cursor.unwrap_or_default()).await?;
/// let old = files.list_v2().noncurrent_versions(Versions::Only).delete_markers(Versions::Exclude).await?;
/// let one = files.list_v2().prefix("cats/tom.png").exact_match().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListFilesV2 {
    setup: Setup,
    files: FileClient,
    query: Query,
}
operation!(ListFilesV2 => FilePage);

#[derive(Clone, Default, Serialize)]
struct Query {
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with_delimiter: Option<bool>,
    #[serde(rename = "sortBy", skip_serializing_if = "Option::is_none")]
    sort_by: Option<Sort>,
    #[serde(rename = "noncurrentVersions", skip_serializing_if = "Option::is_none")]
    noncurrent_versions: Option<Versions>,
    #[serde(rename = "deleteMarkers", skip_serializing_if = "Option::is_none")]
    delete_markers: Option<Versions>,
    #[serde(rename = "exactMatch", skip_serializing_if = "Option::is_none")]
    exact_match: Option<bool>,
}

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FilePage {
    /// Whether there are more.
    #[serde(default)]
    pub has_next: bool,
    /// Where the next page begins: for [`cursor`](ListFilesV2::cursor).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// The name before which the next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor_key: Option<String>,
    /// The folders; only with a delimiter. Their names end with a slash.
    #[serde(default)]
    pub folders: Vec<FileObject>,
    /// The objects, by whole names.
    #[serde(default)]
    pub objects: Vec<FileObject>,
}

impl ListFilesV2 {
    pub(super) fn new(files: &FileClient) -> Self {
        let setup = Setup::new(
            &files.service,
            "list",
            "/storage/v1/object/list-v2/{bucket}",
        );
        Self {
            setup: setup.options(|options| options.idempotency(Idempotency::Safe)),
            files: files.clone(),
            query: Query::default(),
        }
    }

    pub(super) fn of_folder(mut setup: Setup, files: FileClient, folder: Folder) -> Self {
        if folder.unfit {
            setup.keep::<()>(Err(Error::request(
                "an offset or a search is not for `files()`, which follows a cursor; use `list_v2().prefix(..)`",
            )));
        }
        Self {
            setup,
            files,
            query: Query {
                prefix: folder.prefix,
                limit: Some(folder.limit),
                with_delimiter: Some(true),
                sort_by: Some(folder.sort),
                ..Query::default()
            },
        }
    }

    /// Only objects whose whole names begin with this text.
    pub fn prefix(mut self, text: impl Into<String>) -> Self {
        self.query.prefix = Some(text.into());
        self
    }

    /// How many entries a page has at most: 1,000 by default, which is also the most.
    pub fn limit(mut self, entries: u32) -> Self {
        self.query.limit = Some(entries);
        self
    }

    /// Where to go on: the [`next_cursor`](FilePage::next_cursor) of the page before.
    pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
        self.query.cursor = Some(cursor.into());
        self
    }

    /// Objects deeper than the prefix are put together as folders.
    pub fn with_delimiter(mut self) -> Self {
        self.query.with_delimiter = Some(true);
        self
    }

    /// In which order: by name, ascending, by default. Not by [`SortBy::LastAccessedAt`].
    pub fn sort_by(mut self, column: SortBy, order: SortOrder) -> Self {
        if column == SortBy::LastAccessedAt {
            self.setup.keep::<()>(Err(Error::request(
                "pages cannot be sorted by the time of the last access",
            )));
        }
        self.query.sort_by = Some(Sort { column, order });
        self
    }

    /// Whether older versions are listed; for buckets that keep versions.
    pub fn noncurrent_versions(mut self, which: Versions) -> Self {
        self.query.noncurrent_versions = Some(which);
        self
    }

    /// Whether marks of removed files are listed; for buckets that keep versions.
    pub fn delete_markers(mut self, which: Versions) -> Self {
        self.query.delete_markers = Some(which);
        self
    }

    /// Only the object whose name is the prefix; for buckets that keep versions.
    pub fn exact_match(mut self) -> Self {
        self.query.exact_match = Some(true);
        self
    }

    /// All pages from here on, each fetched as the stream is read.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let mut pages = files.list_v2().prefix("cats/").with_delimiter().pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} folders, {} files", page.folders.len(), page.objects.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn pages(self) -> PageStream {
        PageStream {
            next: Some(Next::Page(self)),
        }
    }

    /// All objects from here on, in pages fetched as the stream is read.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let mut all = files.list_v2().files();
    /// while let Some(file) = all.try_next().await? {
    ///     println!("{}", file.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn files(self) -> FileStream {
        FileStream {
            pages: self.pages(),
            page: Vec::new().into_iter(),
        }
    }

    /// The same list, for another page.
    fn again(&self) -> Self {
        Self {
            setup: self.setup.again(),
            files: self.files.clone(),
            query: self.query.clone(),
        }
    }

    fn prepare(self) -> Prepared<FilePage> {
        let Self {
            setup,
            files,
            query,
        } = self;
        let cursor = query.cursor.clone();
        setup.finish(
            |_| {
                let uri = files.bucket_uri("object/list-v2")?.finish();
                with_json(Method::POST, uri, &query)
            },
            move |parts, body| {
                let page: FilePage = call::read_json(parts, body)?;
                // A server that gives the same cursor again would never come to an end.
                if page.has_next && (page.next_cursor.is_none() || page.next_cursor == cursor) {
                    let why = "it says that there are more files, and not where";
                    return Err(Error::unexpected(parts, Bytes::new(), why));
                }
                Ok(page)
            },
        )
    }
}

/// The pages of a list; see [`ListFilesV2::pages`]. It ends after the first error.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let mut pages = files.list_v2().pages();
/// let first = pages.next().await;
/// while let Some(page) = pages.try_next().await? {
///     println!("{}", page.objects.len());
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is fetched before the stream is polled"]
pub struct PageStream {
    next: Option<Next>,
}

#[allow(clippy::large_enum_variant, reason = "there is one per stream")]
enum Next {
    Page(ListFilesV2),
    Fetching(Sending<FilePage>, ListFilesV2),
}

impl PageStream {
    /// The next page, or `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// That of fetching the page.
    pub async fn next(&mut self) -> Option<Result<FilePage>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`next`](PageStream::next), for `while let Some(page) = pages.try_next().await?`.
    ///
    /// # Errors
    /// As [`next`](PageStream::next).
    pub async fn try_next(&mut self) -> Result<Option<FilePage>> {
        self.next().await.transpose()
    }
}

impl Stream for PageStream {
    type Item = Result<FilePage>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.next.take() {
                None => return Poll::Ready(None),
                Some(Next::Page(list)) => {
                    // The call is used up by sending it.
                    let template = list.again();
                    self.next = Some(Next::Fetching(list.into_future(), template));
                }
                Some(Next::Fetching(mut fetching, mut template)) => {
                    let Poll::Ready(fetched) = Pin::new(&mut fetching).poll(cx) else {
                        self.next = Some(Next::Fetching(fetching, template));
                        return Poll::Pending;
                    };
                    if let Ok(page) = &fetched {
                        if page.has_next {
                            template.query.cursor.clone_from(&page.next_cursor);
                            self.next = Some(Next::Page(template));
                        }
                    }
                    return Poll::Ready(Some(fetched));
                }
            }
        }
    }
}

impl fmt::Debug for PageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream")
            .field("ended", &self.next.is_none())
            .finish()
    }
}

/// The objects of a list; see [`ListFilesV2::files`]. It ends after the first error.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// let mut all = files.list_v2().files();
/// let first = all.next().await;
/// while let Some(file) = all.try_next().await? {
///     println!("{}", file.name);
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is fetched before the stream is polled"]
pub struct FileStream {
    pages: PageStream,
    page: std::vec::IntoIter<FileObject>,
}

impl FileStream {
    /// The next object, or `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// That of fetching a page.
    pub async fn next(&mut self) -> Option<Result<FileObject>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`next`](FileStream::next), for `while let Some(file) = files.try_next().await?`.
    ///
    /// # Errors
    /// As [`next`](FileStream::next).
    pub async fn try_next(&mut self) -> Result<Option<FileObject>> {
        self.next().await.transpose()
    }
}

impl Stream for FileStream {
    type Item = Result<FileObject>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(file) = self.page.next() {
                return Poll::Ready(Some(Ok(file)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => self.page = page.objects.into_iter(),
            }
        }
    }
}

impl fmt::Debug for FileStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStream")
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}
