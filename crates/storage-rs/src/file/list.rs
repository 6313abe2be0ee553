//! Lists of a folder.

use http::Method;
use serde::Serialize;
use supabase_http::Idempotency;

use super::{FileClient, FileStream, ListFilesV2};
use crate::call::{self, Prepared, Setup, operation, with_json};
use crate::model::{FileObject, SortBy, SortOrder, Versions};

/// Lists a folder; see [`FileClient::list`]. A read, so it is tried again like one.
///
/// ```no_run
/// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::{SortBy, SortOrder, Versions};
///
/// let page = files.list("cats").limit(20).offset(40).search("to").sort_by(SortBy::Name, SortOrder::Descending).await?;
/// let old = files.list("cats").noncurrent_versions(Versions::Only).delete_markers(Versions::Exclude).await?;
/// let one = files.list("cats/tom.png").exact_match().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListFiles {
    setup: Setup,
    files: FileClient,
    query: Query,
}
operation!(ListFiles => Vec<FileObject>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    prefix: String,
    limit: u32,
    offset: u64,
    sort_by: Sort,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    noncurrent_versions: Option<Versions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_markers: Option<Versions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exact_match: Option<bool>,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Sort {
    pub(super) column: SortBy,
    pub(super) order: SortOrder,
}

impl ListFiles {
    pub(super) fn new(files: &FileClient, folder: String) -> Self {
        Self {
            setup: Setup::new(&files.service, "list", "/storage/v1/object/list/{bucket}")
                .options(|options| options.idempotency(Idempotency::Safe)),
            files: files.clone(),
            query: Query {
                prefix: folder,
                limit: 100,
                offset: 0,
                sort_by: Sort {
                    column: SortBy::Name,
                    order: SortOrder::Ascending,
                },
                search: None,
                noncurrent_versions: None,
                delete_markers: None,
                exact_match: None,
            },
        }
    }

    /// How many entries at most: 100 by default. The service has a maximum of its own.
    pub fn limit(mut self, entries: u32) -> Self {
        self.query.limit = entries;
        self
    }

    /// How many entries to leave out at the beginning.
    pub fn offset(mut self, entries: u64) -> Self {
        self.query.offset = entries;
        self
    }

    /// In which order: by name, ascending, by default.
    pub fn sort_by(mut self, column: SortBy, order: SortOrder) -> Self {
        self.query.sort_by = Sort { column, order };
        self
    }

    /// Only entries whose names begin with this text.
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.query.search = Some(text.into());
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

    /// Only the object whose name is the folder's text; for buckets that keep versions.
    pub fn exact_match(mut self) -> Self {
        self.query.exact_match = Some(true);
        self
    }

    /// All files of the folder, without those of its folders, as a stream of whole names, in pages fetched by a cursor as
    /// the stream is read. [`limit`](ListFiles::limit) is the size of a page; an offset and a search are not for pages.
    ///
    /// ```no_run
    /// # async fn demo(files: storage_rs::FileClient) -> Result<(), storage_rs::Error> {
    /// let mut cats = files.list("cats").files();
    /// while let Some(cat) = cats.try_next().await? {
    ///     println!("{}", cat.name);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn files(self) -> FileStream {
        ListFilesV2::of_folder(self.setup, self.files, self.query.into_folder()).files()
    }

    fn prepare(self) -> Prepared<Vec<FileObject>> {
        let Self {
            setup,
            files,
            query,
        } = self;
        setup.finish(
            |_| {
                let uri = files.bucket_uri("object/list")?.finish();
                with_json(Method::POST, uri, &query)
            },
            call::read_json,
        )
    }
}

/// What a list of a folder by cursor takes over.
pub(super) struct Folder {
    pub(super) prefix: Option<String>,
    pub(super) limit: u32,
    pub(super) sort: Sort,
    /// Options that only the other list has.
    pub(super) unfit: bool,
}

impl Query {
    fn into_folder(self) -> Folder {
        let folder = self.prefix.trim_end_matches('/');
        Folder {
            prefix: (!folder.is_empty()).then(|| format!("{folder}/")),
            limit: self.limit,
            sort: self.sort_by,
            unfit: self.offset != 0 || self.search.is_some(),
        }
    }
}
