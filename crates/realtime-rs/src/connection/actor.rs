//! The task of a connection: it moves what the core decides to the socket, and everything else to the core.

use std::future::{Future, pending};
use std::sync::Arc;

use supabase_http::{AccessToken, BoxError, BoxFuture, Result, TokenChange, TokenChanges};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::core::{Core, Effect};
use super::{Command, Context, Signal};
use crate::error;
use crate::socket::{self, Event, Socket};

type Token = Result<Option<AccessToken>, BoxError>;

/// What the core waits for.
struct Actor {
    context: Arc<Context>,
    core: Core,
    socket: Option<Socket>,
    /// A connection that the server closes, with its code: it gets an answer.
    parting: Option<(Socket, Option<u16>)>,
    connecting: Option<BoxFuture<'static, Result<Socket>>>,
    asking: Option<BoxFuture<'static, Token>>,
    changes: Option<TokenChanges>,
    /// How many messages were taken since others had their turn.
    taken: usize,
}

/// How many messages are taken at once, before what they lead to is sent.
const BATCH: usize = 64;

/// Runs until the last handle is gone.
pub(crate) async fn run(
    context: Arc<Context>,
    mut commands: mpsc::Receiver<Command>,
    mut signals: mpsc::UnboundedReceiver<Signal>,
) {
    let source = context.service.credentials().source().cloned();
    let mut actor = Actor {
        core: Core::new(Arc::clone(&context), source.is_some()),
        changes: source.and_then(|source| source.changes()),
        context,
        socket: None,
        parting: None,
        connecting: None,
        asking: None,
        taken: 0,
    };
    loop {
        actor.carry_out().await;
        // A flood must not fill the streams of a program that is ready to read them.
        if actor.taken >= BATCH {
            actor.taken = 0;
            tokio::task::yield_now().await;
        }
        let deadline = actor.core.deadline();
        // Each branch can be dropped half-way without a loss.
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => actor.core.command(command, Instant::now()),
                None => break,
            },
            Some(signal) = signals.recv() => actor.core.signal(signal, Instant::now()),
            event = next_event(&mut actor.socket) => actor.events(event),
            connected = if_some(&mut actor.connecting) => {
                actor.connecting = None;
                actor.connected(connected);
            }
            token = if_some(&mut actor.asking) => {
                actor.asking = None;
                actor.core.token(token, Instant::now());
            }
            change = next_change(&mut actor.changes) => match change {
                Some(change) => actor.core.token_changed(change, Instant::now()),
                None => actor.changes = None,
            },
            () = sleep(deadline) => actor.core.timers(Instant::now()),
        }
    }
    actor.core.end();
    actor.carry_out().await;
}

async fn if_some<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}

async fn next_event(socket: &mut Option<Socket>) -> Event {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}

async fn next_change(changes: &mut Option<TokenChanges>) -> Option<TokenChange> {
    match changes {
        Some(changes) => changes.next().await,
        None => pending().await,
    }
}

async fn sleep(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

impl Actor {
    fn connected(&mut self, connected: Result<Socket>) {
        let now = Instant::now();
        match connected {
            Ok(socket) => {
                self.socket = Some(socket);
                self.core.opened(now);
            }
            Err(error) => self.core.connect_failed(error, now),
        }
    }

    fn events(&mut self, first: Event) {
        let now = Instant::now();
        let mut event = first;
        for left in (0..BATCH).rev() {
            self.taken += 1;
            match event {
                Event::Message(wire, _permit) => self.core.message(&wire, now),
                Event::Ping(data) => self.core.ping(data),
                Event::Pong => self.core.heard(),
                Event::Close(code) => {
                    let reason = match code {
                        Some(code) => format!("the server closed it with code {code}"),
                        None => "the server closed it".to_owned(),
                    };
                    self.parting = self.socket.take().map(|socket| (socket, code));
                    return self.lost(&reason, now);
                }
                Event::End(reason) => return self.lost(&reason, now),
            }
            let next = (left > 0).then(|| self.socket.as_mut().and_then(Socket::try_next));
            match next.flatten() {
                Some(next) => event = next,
                None => return,
            }
        }
    }

    fn lost(&mut self, reason: &str, now: Instant) {
        self.socket = None;
        self.core.lost(reason, now);
    }

    /// Does what the core has decided, until it has nothing more.
    async fn carry_out(&mut self) {
        if let Some((socket, code)) = self.parting.take() {
            socket.part(code).await;
        }
        while let Some(effect) = self.core.effect() {
            match effect {
                Effect::Connect => {
                    let context = Arc::clone(&self.context);
                    self.connecting =
                        Some(Box::pin(async move { socket::connect(&context).await }));
                }
                Effect::AskToken => self.ask(),
                Effect::Rejected(token) => {
                    if let Some(source) = self.context.service.credentials().source() {
                        source.rejected(&token);
                    }
                }
                Effect::Close { reason, gone } => {
                    self.connecting = None;
                    if let Some(socket) = self.socket.take() {
                        if gone {
                            drop(socket);
                        } else {
                            socket.close(1000, reason).await;
                        }
                    }
                }
                Effect::Done(done, result) => {
                    // A caller that went away needs no answer.
                    let _ = done.send(result);
                }
                Effect::Write(_) | Effect::Pong(_) | Effect::Written(_) => {
                    self.write(effect).await;
                }
            }
        }
    }

    fn ask(&mut self) {
        let credentials = self.context.service.credentials().clone();
        let limit = self.context.settings.timeout;
        self.asking = Some(Box::pin(async move {
            match timeout(limit, credentials.token()).await {
                Ok(token) => token,
                Err(_) => Err("the token source took too long".into()),
            }
        }));
    }

    /// Writes this and all that follows it, and flushes once.
    async fn write(&mut self, first: Effect) {
        let limit = self.context.settings.timeout;
        let mut written = Vec::new();
        let result = match &mut self.socket {
            None => Err("there is no connection".to_owned()),
            Some(socket) => {
                let core = &mut self.core;
                let written = &mut written;
                let all = async move {
                    let mut next = Some(first);
                    while let Some(effect) = next {
                        match effect {
                            Effect::Write(wire) => socket.write(wire).await?,
                            Effect::Pong(data) => socket.pong(data).await?,
                            Effect::Written(done) => written.push(done),
                            other => {
                                core.put_back(other);
                                break;
                            }
                        }
                        next = core.effect();
                    }
                    socket.flush().await
                };
                match timeout(limit, all).await {
                    Ok(result) => result,
                    Err(_) => Err("the connection took nothing for too long".to_owned()),
                }
            }
        };
        let failed = result.is_err();
        for done in written {
            let result = match &result {
                Ok(()) => Ok(()),
                Err(reason) => Err(error::interrupted("send", reason.clone())),
            };
            let _ = done.send(result);
        }
        if let (true, Err(reason)) = (failed, result) {
            if self.socket.take().is_some() {
                self.core.lost(&reason, Instant::now());
            }
        }
    }
}
