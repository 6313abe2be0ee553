//! hyper-util without anything in between: what one would write by hand.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::fs::File;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};

use super::PIECE;
use crate::Failure;
use crate::data::KEY;

type AnyBody = BoxBody<Bytes, std::io::Error>;

pub(crate) struct Contender {
    client: Client<HttpConnector, AnyBody>,
    url: String,
}

impl Contender {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            url: format!("{url}/storage/v1/object/files"),
        })
    }

    async fn send(&self, request: Request<AnyBody>) -> Result<Incoming, Failure> {
        let answer = self.client.request(request).await?;
        if !answer.status().is_success() {
            return Err(format!("status {}", answer.status()).into());
        }
        Ok(answer.into_body())
    }

    async fn put(&self, body: AnyBody) -> Result<(), Failure> {
        let request = Request::post(format!("{}/a.bin", self.url))
            .header("apikey", KEY)
            .header("x-upsert", "false")
            .header("content-type", "application/octet-stream")
            .header("cache-control", "max-age=3600")
            .body(body)?;
        self.send(request).await?.collect().await?;
        Ok(())
    }

    async fn get(&self, mebibytes: u64) -> Result<Incoming, Failure> {
        let nothing = http_body_util::Empty::new().map_err(|never| match never {});
        let request = Request::get(format!("{}/{mebibytes}.bin", self.url))
            .header("apikey", KEY)
            .body(nothing.boxed())?;
        self.send(request).await
    }

    pub(crate) async fn upload(&self, bytes: u64) -> Result<u64, Failure> {
        let pieces = Pieces {
            piece: Bytes::from(vec![7; PIECE]),
            left: bytes,
        };
        self.put(pieces.boxed()).await?;
        Ok(bytes)
    }

    pub(crate) async fn download(&self, mebibytes: u64) -> Result<u64, Failure> {
        let mut body = self.get(mebibytes).await?;
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                bytes += u64::try_from(data.len())?;
            }
        }
        Ok(bytes)
    }

    pub(crate) async fn upload_file(&self, path: &str, bytes: u64) -> Result<u64, Failure> {
        let file = FileBody {
            file: File::open(path).await?,
            buffer: BytesMut::new(),
            left: bytes,
        };
        self.put(file.boxed()).await?;
        Ok(bytes)
    }

    pub(crate) async fn download_file(&self, mebibytes: u64, path: &str) -> Result<(), Failure> {
        let mut body = self.get(mebibytes).await?;
        let mut file = File::create(path).await?;
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                file.write_all(&data).await?;
            }
        }
        file.flush().await?;
        Ok(())
    }
}

/// The same piece again and again.
struct Pieces {
    piece: Bytes,
    left: u64,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let size = u64::try_from(self.piece.len()).unwrap_or(u64::MAX);
        if self.left < size {
            return Poll::Ready(None);
        }
        self.left -= size;
        Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A file, piece by piece.
struct FileBody {
    file: File,
    buffer: BytesMut,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        this.buffer.resize(PIECE, 0);
        let mut into = ReadBuf::new(&mut this.buffer);
        std::task::ready!(Pin::new(&mut this.file).poll_read(cx, &mut into))?;
        let read = into.filled().len();
        this.left = this.left.saturating_sub(u64::try_from(read).unwrap_or(0));
        Poll::Ready(Some(Ok(Frame::data(this.buffer.split_to(read).freeze()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
