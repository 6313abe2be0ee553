//! Streams in both directions, against a server on this machine.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use functions_rs::{Failure, FunctionsClient};
use futures_util::StreamExt as _;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use supabase_http::Body;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

const CHUNK: usize = 64 * 1024;
const TOTAL: usize = 100 * 1024 * 1024;
/// The most that may be under way between the two ends: the buffers of sockets and of both HTTP sides.
const UNDER_WAY: usize = 16 * 1024 * 1024;

/// A server that answers every request by `answer`.
async fn serve<F, A>(answer: F) -> FunctionsClient
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer.clone();
                async move { Ok::<_, Infallible>(answer(request).await) }
            });
            let serving = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(serving);
        }
    });
    FunctionsClient::new(&url, "key").unwrap()
}

/// 100 MiB in chunks, counted as they are taken.
fn large(
    taken: &Arc<AtomicUsize>,
) -> impl futures_core::Stream<Item = Result<Bytes, Infallible>> + use<> {
    let taken = Arc::clone(taken);
    let chunk = Bytes::from(vec![7_u8; CHUNK]);
    futures_util::stream::iter((0..TOTAL / CHUNK).map(move |_| {
        taken.fetch_add(CHUNK, Ordering::SeqCst);
        Ok(chunk.clone())
    }))
}

#[tokio::test]
async fn a_large_upload_is_never_in_memory_as_a_whole() {
    let made = Arc::new(AtomicUsize::new(0));
    let (most, server_made) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&made));
    let server_most = Arc::clone(&most);
    let functions = serve(move |request| {
        let (made, most) = (Arc::clone(&server_made), Arc::clone(&server_most));
        async move {
            let mut read = 0;
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                read += frame.unwrap().into_data().unwrap().len();
                most.fetch_max(made.load(Ordering::SeqCst) - read, Ordering::SeqCst);
            }
            Response::new(Body::from(read.to_string()))
        }
    })
    .await;
    let answer = functions
        .invoke("upload")
        .stream(large(&made))
        .await
        .unwrap();
    assert_eq!(answer.text().await.unwrap(), TOTAL.to_string());
    let most = most.load(Ordering::SeqCst);
    assert!(most < UNDER_WAY, "{most} bytes were under way");
}

#[tokio::test]
async fn a_large_download_is_never_in_memory_as_a_whole() {
    let made = Arc::new(AtomicUsize::new(0));
    let server_made = Arc::clone(&made);
    let functions = serve(move |_| {
        let made = Arc::clone(&server_made);
        async move { Response::new(Body::from_stream(large(&made))) }
    })
    .await;
    let mut chunks = functions.invoke("download").await.unwrap().stream();
    let (mut read, mut most) = (0, 0);
    while let Some(chunk) = chunks.try_next().await.unwrap() {
        assert!(chunk.iter().all(|byte| *byte == 7));
        read += chunk.len();
        most = most.max(made.load(Ordering::SeqCst) - read);
    }
    assert_eq!(read, TOTAL);
    assert!(most < UNDER_WAY, "{most} bytes were under way");
}

#[tokio::test]
async fn an_echo_answers_while_it_is_sent() {
    let functions =
        serve(|request| async move { Response::new(Body::wrap(request.into_body())) }).await;
    let (sender, mut parts) = mpsc::channel::<Bytes>(1);
    let body = futures_util::stream::poll_fn(move |cx| parts.poll_recv(cx));
    let calling = functions
        .invoke("echo")
        .stream(body.map(Ok::<_, Infallible>));
    sender.send(Bytes::from("one")).await.unwrap();
    let mut echo = calling.await.unwrap().stream();
    // Each part comes back before the next one is sent.
    assert_eq!(echo.try_next().await.unwrap().unwrap(), "one");
    for part in ["two", "three"] {
        sender.send(Bytes::from(part)).await.unwrap();
        assert_eq!(echo.try_next().await.unwrap().unwrap(), part);
    }
    drop(sender);
    assert!(echo.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn events_are_seen_as_they_come() {
    let (sender, events) = mpsc::channel::<Bytes>(1);
    let events = Arc::new(std::sync::Mutex::new(Some(events)));
    let functions = serve(move |_| {
        let mut events = events.lock().unwrap().take().unwrap();
        let body = futures_util::stream::poll_fn(move |cx| events.poll_recv(cx));
        let body = Body::from_stream(body.map(Ok::<_, Infallible>));
        let answer = Response::builder()
            .header("content-type", "text/event-stream")
            .body(body);
        async move { answer.unwrap() }
    })
    .await;
    let mut events = functions.invoke("ticker").await.unwrap().events();
    for n in 0..3 {
        sender
            .send(Bytes::from(format!("id: {n}\ndata: tick\ndata: {n}\n\n")))
            .await
            .unwrap();
        let event = events.try_next().await.unwrap().unwrap();
        assert_eq!(
            (event.data, event.id),
            (format!("tick\n{n}"), n.to_string())
        );
    }
    sender.send(Bytes::from("data: half")).await.unwrap();
    drop(sender);
    assert!(events.try_next().await.unwrap().is_none());
    assert_eq!(events.last_event_id(), Some("2"));
}

/// Tells when it is dropped.
struct Watched(Option<oneshot::Sender<()>>);

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.take().map(|dropped| dropped.send(()));
    }
}

/// A server whose function never ends, and the news that the caller left.
async fn endless(head_comes: bool) -> (FunctionsClient, oneshot::Receiver<()>) {
    let (dropped, left) = oneshot::channel();
    let watched = Arc::new(std::sync::Mutex::new(Some(Watched(Some(dropped)))));
    let functions = serve(move |_| {
        let watched = watched.lock().unwrap().take();
        async move {
            if !head_comes {
                let _watched = watched;
                std::future::pending::<()>().await;
                unreachable!();
            }
            let chunks = futures_util::stream::unfold(watched, |watched| async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Ok::<_, Infallible>(Bytes::from(": still here\n")), watched))
            });
            Response::new(Body::from_stream(chunks))
        }
    })
    .await;
    (functions, left)
}

#[tokio::test]
async fn a_caller_that_leaves_is_noticed() {
    let limit = Duration::from_secs(10);
    let (functions, left) = endless(false).await;
    let error = functions
        .invoke("slow")
        .timeout(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && Failure::of(&error) == Failure::NoAnswer);
    tokio::time::timeout(limit, left).await.unwrap().unwrap();

    let (functions, left) = endless(true).await;
    let mut chunks = functions.invoke("endless").await.unwrap().stream();
    assert!(chunks.try_next().await.unwrap().is_some());
    drop(chunks);
    tokio::time::timeout(limit, left).await.unwrap().unwrap();
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let functions = FunctionsClient::new(&url, "key").unwrap();
    let call = functions
        .invoke("f")
        .retry(functions_rs::RetryConfig::off());
    let error = call.await.unwrap_err();
    assert!(error.is_connect() && Failure::of(&error) == Failure::NotSent);
}
