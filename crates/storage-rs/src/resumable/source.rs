//! What is uploaded in chunks: read from any place where that is possible, one chunk at a time in memory.

use std::time::UNIX_EPOCH;

use bytes::Bytes;
use supabase_http::{BodyStream, Error, Result};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};

use crate::file::body::{Source, UploadBody, rest_of};

/// The content of an upload, in chunks.
pub(crate) struct Chunks {
    kind: Kind,
    /// How much there is in all, as far as that is known.
    total: Option<u64>,
}

enum Kind {
    Bytes(Bytes),
    File(OpenFile),
    Stream(Box<Stream>),
}

struct OpenFile {
    file: File,
    /// Where the content begins in the file.
    base: u64,
    /// What the file was when the upload began.
    mark: String,
}

struct Stream {
    pieces: BodyStream,
    /// What was read and does not belong to the chunk.
    rest: Bytes,
    /// Where `rest` begins.
    at: u64,
    ended: bool,
    /// The last chunk, which a broken connection may need once more, and where it begins.
    chunk: (u64, Bytes),
}

/// One chunk.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    /// Whether nothing comes after it.
    pub(crate) is_last: bool,
}

impl Chunks {
    pub(crate) async fn open(body: UploadBody) -> Result<Self> {
        let said = body.length;
        let (kind, total) = match body.source {
            Source::Bytes(bytes) => {
                let size = size(bytes.len());
                (Kind::Bytes(bytes), Some(size))
            }
            Source::Stream(body) => {
                let exact = http_body::Body::size_hint(&body).exact();
                let stream = Stream {
                    pieces: body.into_stream(),
                    rest: Bytes::new(),
                    at: 0,
                    ended: false,
                    chunk: (0, Bytes::new()),
                };
                (Kind::Stream(Box::new(stream)), said.or(exact))
            }
            Source::Path(path) => {
                let file = File::open(&path).await.map_err(|cause| {
                    Error::request_caused_by(format!("{path:?} cannot be opened"), cause)
                })?;
                Self::of_file(file).await?
            }
            Source::File(file) => Self::of_file(*file).await?,
        };
        match (said, total) {
            (Some(said), Some(total)) if said != total => Err(Error::request(format!(
                "what is uploaded has {total} bytes, not {said} as was said"
            ))),
            _ => Ok(Self { kind, total }),
        }
    }

    async fn of_file(file: File) -> Result<(Kind, Option<u64>)> {
        let (mut file, left) = rest_of(file).await?;
        let base = file.stream_position().await.map_err(unreadable)?;
        let mark = mark(&file, base).await?;
        Ok((Kind::File(OpenFile { file, base, mark }), Some(left)))
    }

    /// The size in bytes, if it is known yet.
    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether the content can be read from its beginning again.
    pub(crate) fn is_rereadable(&self) -> bool {
        match &self.kind {
            Kind::Bytes(_) | Kind::File(_) => true,
            Kind::Stream(stream) => stream.chunk.0 == 0,
        }
    }

    /// A text that is another one when the content is, as far as that can be told without reading all of it.
    pub(crate) fn fingerprint(&self) -> Option<String> {
        match &self.kind {
            Kind::Bytes(bytes) => Some(format!("bytes {} {:016x}", bytes.len(), fnv(bytes))),
            Kind::File(file) => Some(file.mark.clone()),
            Kind::Stream(_) => None,
        }
    }

    /// The chunk that begins at `offset`, `max` bytes of it at most.
    pub(crate) async fn at(&mut self, offset: u64, max: usize) -> Result<Chunk> {
        if self.total.is_some_and(|total| offset > total) {
            return Err(changed());
        }
        let chunk = match &mut self.kind {
            Kind::Bytes(bytes) => {
                let start = usize::try_from(offset).map_err(|_| changed())?;
                let end = start.saturating_add(max).min(bytes.len());
                let is_last = end == bytes.len();
                Chunk {
                    bytes: bytes.slice(start..end),
                    is_last,
                }
            }
            Kind::File(file) => {
                let left = self.total.unwrap_or_default() - offset;
                file.read(offset, left, max).await?
            }
            Kind::Stream(stream) => {
                let chunk = stream.read(offset, max).await?;
                let end = offset.saturating_add(size(chunk.bytes.len()));
                let fits = match self.total {
                    Some(total) if chunk.is_last => end == total,
                    Some(total) => end < total,
                    None => true,
                };
                if !fits {
                    let (total, how) = (self.total.unwrap_or_default(), "bytes that were said");
                    return Err(Error::request(format!(
                        "what is uploaded does not have the {total} {how}"
                    )));
                }
                chunk
            }
        };
        if chunk.is_last {
            self.total = Some(offset.saturating_add(size(chunk.bytes.len())));
        }
        Ok(chunk)
    }
}

impl OpenFile {
    async fn read(&mut self, offset: u64, left: u64, max: usize) -> Result<Chunk> {
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(max);
        let mut bytes = vec![0; wanted];
        let at = SeekFrom::Start(self.base.saturating_add(offset));
        self.file.seek(at).await.map_err(unreadable)?;
        let read = self.file.read_exact(&mut bytes).await;
        // What was read of a file that changes meanwhile is not sent, the last chunk least of all: without it the
        // service keeps nothing.
        if mark(&self.file, self.base).await? != self.mark {
            return Err(changed());
        }
        read.map_err(unreadable)?;
        Ok(Chunk {
            bytes: bytes.into(),
            is_last: size(wanted) == left,
        })
    }
}

impl Stream {
    async fn read(&mut self, offset: u64, max: usize) -> Result<Chunk> {
        let (start, kept) = &self.chunk;
        if offset < *start {
            return Err(Error::request(
                "the service lost a part of the upload, and a stream cannot be read again; begin anew, best with a file",
            ));
        }
        // What was read already, and did not arrive.
        let again = usize::try_from(offset - start).ok();
        let again = again.filter(|at| *at <= kept.len());
        let again = again.map(|at| kept.slice(at..)).unwrap_or_default();
        if !again.is_empty() {
            let is_last = self.ended && self.rest.is_empty();
            self.chunk = (offset, again.clone());
            return Ok(Chunk {
                bytes: again,
                is_last,
            });
        }
        // Freed before the next one is read.
        self.chunk = (offset, Bytes::new());
        // After a restart the service has the beginning already.
        while self.at < offset {
            self.fill().await?;
            if self.rest.is_empty() {
                return Err(changed());
            }
            let skip = usize::try_from(offset - self.at).unwrap_or(usize::MAX);
            let _ = self.take(skip);
        }
        let mut bytes = Vec::new();
        while bytes.len() < max {
            self.fill().await?;
            if self.rest.is_empty() {
                break;
            }
            let piece = self.take(max - bytes.len());
            if bytes.is_empty() {
                bytes.reserve_exact(max.min(MOST_AT_ONCE));
            }
            bytes.extend_from_slice(&piece);
        }
        // Whether it was the last one.
        self.fill().await?;
        let bytes = Bytes::from(bytes);
        self.chunk = (offset, bytes.clone());
        Ok(Chunk {
            bytes,
            is_last: self.rest.is_empty(),
        })
    }

    /// Reads on if nothing is at hand.
    async fn fill(&mut self) -> Result<()> {
        while self.rest.is_empty() && !self.ended {
            match self.pieces.next().await {
                None => self.ended = true,
                Some(piece) => self.rest = piece.map_err(unreadable)?,
            }
        }
        Ok(())
    }

    fn take(&mut self, max: usize) -> Bytes {
        let piece = self.rest.split_to(max.min(self.rest.len()));
        self.at = self.at.saturating_add(size(piece.len()));
        piece
    }
}

/// The most memory that is taken before it is needed, in bytes.
const MOST_AT_ONCE: usize = 8 * 1024 * 1024;

/// What tells one state of a file from another: size and time of the last change.
async fn mark(file: &File, base: u64) -> Result<String> {
    let metadata = file.metadata().await.map_err(unreadable)?;
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |time| time.as_nanos());
    Ok(format!("file {} {base} {modified}", metadata.len()))
}

fn changed() -> Error {
    Error::request("what is uploaded is not what it was when the upload began; begin anew")
}

fn unreadable(cause: impl Into<supabase_http::BoxError>) -> Error {
    Error::request_caused_by("what is uploaded cannot be read", cause)
}

/// The FNV-1a hash, which is the same on every machine.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

pub(crate) fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stream(content: &[u8], piece: usize) -> UploadBody {
        let pieces: Vec<_> = content.chunks(piece.max(1)).map(<[u8]>::to_vec).collect();
        let pieces = pieces
            .into_iter()
            .map(|piece| Ok::<_, std::io::Error>(Bytes::from(piece)));
        UploadBody::stream(futures_util::stream::iter(pieces.collect::<Vec<_>>()))
    }

    /// Reads all of it in chunks, each `again` times from its middle.
    async fn read(chunks: &mut Chunks, max: usize, again: bool) -> Vec<u8> {
        let mut whole = Vec::new();
        loop {
            let chunk = chunks.at(size(whole.len()), max).await.unwrap();
            assert!(chunk.bytes.len() <= max);
            let take = match again {
                true => chunk.bytes.len().div_ceil(2),
                false => chunk.bytes.len(),
            };
            whole.extend_from_slice(&chunk.bytes[..take]);
            if chunk.is_last && take == chunk.bytes.len() {
                assert_eq!(chunks.total(), Some(size(whole.len())));
                return whole;
            }
        }
    }

    proptest! {
        #[test]
        fn every_source_gives_its_content(
            content in prop::collection::vec(any::<u8>(), 0..60),
            piece in 1_usize..20,
            max in 1_usize..30,
            again in any::<bool>(),
            start in 0_usize..60,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let mut file = tempfile::NamedTempFile::new().unwrap();
                std::io::Write::write_all(&mut file, &content).unwrap();
                for body in [
                    UploadBody::bytes(content.clone()),
                    UploadBody::path(file.path()),
                    stream(&content, piece),
                    stream(&content, piece).length(size(content.len())),
                ] {
                    let mut chunks = Chunks::open(body).await.unwrap();
                    assert_eq!(read(&mut chunks, max, again).await, content);
                }
                // As after a restart, from somewhere in between.
                let start = start.min(content.len());
                for body in [stream(&content, piece), UploadBody::path(file.path())] {
                    let mut chunks = Chunks::open(body).await.unwrap();
                    let chunk = chunks.at(size(start), 100).await.unwrap();
                    assert_eq!((&chunk.bytes[..], chunk.is_last), (&content[start..], true));
                }
            });
        }
    }

    #[tokio::test]
    async fn what_changes_is_not_sent() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for change in ["longer than it was", "short", ""] {
            std::fs::write(file.path(), "as it was").unwrap();
            let mut chunks = Chunks::open(UploadBody::path(file.path())).await.unwrap();
            assert_eq!(chunks.at(0, 4).await.unwrap().bytes, "as i");
            std::fs::write(file.path(), change).unwrap();
            let error = chunks.at(4, 100).await.unwrap_err();
            assert!(error.message().contains("begin anew"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_stream_has_the_length_that_was_said() {
        for (length, max) in [(9, 100), (11, 100), (9, 4), (11, 4), (8, 4)] {
            let mut chunks = Chunks::open(stream(b"0123456789", 3).length(length))
                .await
                .unwrap();
            let mut offset = 0;
            let error = loop {
                match chunks.at(offset, max).await {
                    Ok(chunk) => {
                        assert!(!chunk.is_last, "{length}");
                        offset += size(chunk.bytes.len());
                    }
                    Err(error) => break error,
                }
            };
            assert!(error.message().contains("that were said"), "{error}");
        }
        let body = UploadBody::bytes("abc").length(4);
        assert!(Chunks::open(body).await.is_err());
    }

    #[tokio::test]
    async fn what_a_stream_gave_and_was_lost_is_an_error() {
        let mut chunks = Chunks::open(stream(b"0123456789", 3)).await.unwrap();
        chunks.at(0, 4).await.unwrap();
        chunks.at(4, 4).await.unwrap();
        assert!(!chunks.is_rereadable());
        let error = chunks.at(0, 4).await.unwrap_err();
        assert!(error.message().contains("cannot be read again"), "{error}");
        // Shorter than what the service has.
        let mut chunks = Chunks::open(stream(b"0123", 3)).await.unwrap();
        assert!(chunks.at(7, 4).await.is_err());
    }

    #[test]
    fn other_bytes_have_another_fingerprint() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
