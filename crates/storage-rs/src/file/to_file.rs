//! Downloads into a file: written beside it, gone on with after a break, and put in its place when whole.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use supabase_http::{Backoff, Error, Result};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use super::download::{Download, Range};
use super::stream::DownloadStream;

/// How often a download goes on after breaks without a byte between them.
const MAX_IDLE_TRIES: u32 = 3;
/// The first and the longest of the waits before it goes on.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// What came of a download into a file; see [`Download::to_file`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The size of the file in bytes.
    pub size: u64,
    /// How many of these came by this call; the others were there before.
    pub transferred: u64,
    /// The ETag, in quotes, if the service says it.
    pub etag: Option<String>,
    /// The media type, if the service says it.
    pub content_type: Option<String>,
}

pub(super) async fn to_file(download: Download, path: &Path) -> Result<Downloaded> {
    let target = Target::new(path)?;
    let resumable = download.is_resumable();
    let mut part = match resumable {
        true => target.find_part().await?,
        false => None,
    };
    let mut transferred = 0;
    let mut idle_tries = 0;
    let backoff = Backoff::new(WAITS.0, WAITS.1);
    loop {
        let range = match &part {
            Some(part) if part.size > 0 => Range::From(part.size),
            _ => download.range,
        };
        let before = part.as_ref().map_or(0, |part| part.size);
        match download.again(range).stream().await {
            Ok(stream) => {
                // Another content, or a server that does not serve ranges: begin anew.
                if part
                    .as_ref()
                    .is_some_and(|part| part.size > 0 && !part.is_of(&stream))
                {
                    target.discard(part.take()).await?;
                    continue;
                }
                let mut open = match part.take() {
                    Some(part) => part,
                    None => {
                        let etag = stream.etag().and_then(plain_etag);
                        target.begin(etag.filter(|_| resumable)).await?
                    }
                };
                let total = stream
                    .remaining()
                    .map(|left| left.saturating_add(open.size));
                download.teller.begin(open.size, total);
                let etag = stream.etag().map(str::to_owned);
                let content_type = stream.content_type().map(str::to_owned);
                let end = open.write(stream, &download).await;
                transferred += open.size - before.min(open.size);
                let size = open.size;
                match end {
                    Ok(()) => {
                        target.finish(open).await?;
                        return Ok(Downloaded {
                            size,
                            transferred,
                            etag,
                            content_type,
                        });
                    }
                    Err(error) if error.is_retryable() && open.etag.is_some() => {
                        idle_tries = if size > before { 0 } else { idle_tries + 1 };
                        part = Some(open);
                        if idle_tries >= MAX_IDLE_TRIES {
                            return Err(error);
                        }
                        tokio::time::sleep(backoff.delay(idle_tries)).await;
                    }
                    Err(error) => {
                        // Without an ETag nobody could tell what it is a part of.
                        if open.etag.is_none() {
                            target.discard(Some(open)).await?;
                        }
                        return Err(error);
                    }
                }
            }
            // What is there is as large as the service's file, or larger: it cannot be gone on with.
            Err(error) if before > 0 && error.status().is_some_and(|s| s.as_u16() == 416) => {
                target.discard(part.take()).await?;
            }
            // A range was ignored.
            Err(error) if before > 0 && error.kind() == supabase_http::ErrorKind::Decode => {
                target.discard(part.take()).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Where the file will be.
struct Target {
    path: PathBuf,
    folder: PathBuf,
    name: OsString,
}

/// What is there of it.
struct PartFile {
    path: PathBuf,
    size: u64,
    /// The ETag without its quotes, if it is a strong one that can be in a file's name.
    etag: Option<String>,
}

fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    move |cause| Error::runtime_caused_by(format!("{path:?} cannot be written"), cause)
}

impl Target {
    fn new(path: &Path) -> Result<Self> {
        let Some(name) = path.file_name() else {
            return Err(Error::request(format!("{path:?} names no file")));
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self {
            path: path.to_owned(),
            folder,
            name: name.to_owned(),
        })
    }

    fn part_path(&self, etag: Option<&str>) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".");
        name.push(etag.unwrap_or("new"));
        name.push(".part");
        self.folder.join(name)
    }

    /// What an earlier try left.
    async fn find_part(&self) -> Result<Option<PartFile>> {
        let mut prefix = OsString::from(".");
        prefix.push(&self.name);
        prefix.push(".");
        let prefix = prefix.to_string_lossy().into_owned();
        let mut entries = fs::read_dir(&self.folder)
            .await
            .map_err(unwritable(&self.folder))?;
        while let Some(entry) = entries
            .next_entry()
            .await
            .map_err(unwritable(&self.folder))?
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            let etag = name
                .strip_prefix(&prefix)
                .and_then(|rest| rest.strip_suffix(".part"));
            let Some(etag) = etag.filter(|etag| *etag != "new" && is_plain(etag)) else {
                continue;
            };
            let metadata = entry.metadata().await.map_err(unwritable(&self.folder))?;
            if metadata.is_file() {
                return Ok(Some(PartFile {
                    path: entry.path(),
                    size: metadata.len(),
                    etag: Some(etag.to_owned()),
                }));
            }
        }
        Ok(None)
    }

    async fn begin(&self, etag: Option<String>) -> Result<PartFile> {
        let path = self.part_path(etag.as_deref());
        File::create(&path).await.map_err(unwritable(&path))?;
        Ok(PartFile {
            path,
            size: 0,
            etag,
        })
    }

    async fn finish(&self, part: PartFile) -> Result<()> {
        let moved = fs::rename(&part.path, &self.path).await;
        moved.map_err(unwritable(&self.path))
    }

    async fn discard(&self, part: Option<PartFile>) -> Result<()> {
        match part {
            None => Ok(()),
            Some(part) => fs::remove_file(&part.path)
                .await
                .map_err(unwritable(&part.path)),
        }
    }
}

impl PartFile {
    /// Whether a stream goes on where this ends.
    fn is_of(&self, stream: &DownloadStream) -> bool {
        let etag = stream.etag().and_then(plain_etag);
        etag.is_some() && etag == self.etag
    }

    async fn write(&mut self, mut stream: DownloadStream, download: &Download) -> Result<()> {
        let path = self.path.clone();
        let open = OpenOptions::new().append(true).open(&path).await;
        let mut file = open.map_err(unwritable(&path))?;
        let end = loop {
            match stream.try_next().await {
                Ok(None) => break Ok(()),
                Ok(Some(piece)) => {
                    file.write_all(&piece).await.map_err(unwritable(&path))?;
                    self.size += u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    download.teller.add(piece.len());
                }
                Err(error) => break Err(error),
            }
        };
        file.flush().await.map_err(unwritable(&path))?;
        if end.is_ok() {
            file.sync_data().await.map_err(unwritable(&path))?;
        }
        end
    }
}

/// The text of a strong ETag, if it can be in a file's name.
fn plain_etag(etag: &str) -> Option<String> {
    let text = etag.strip_prefix('"')?.strip_suffix('"')?;
    is_plain(text).then(|| text.to_owned())
}

fn is_plain(etag: &str) -> bool {
    !etag.is_empty()
        && etag.len() <= 100
        && etag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
