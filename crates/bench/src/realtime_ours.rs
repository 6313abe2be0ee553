//! This repository's client.

use realtime_rs::{Channel, RealtimeClient};

use crate::realtime_client::{Failure, Message, Scenario, room};

pub(crate) async fn receive(url: &str, scenario: Scenario, count: u64) -> Result<u64, Failure> {
    let realtime = RealtimeClient::new(url, "sb_publishable_bench")?;
    let channel = realtime.channel(room(scenario, count)).build()?;
    let mut messages = channel.broadcasts::<Message>("chat");
    channel.subscribe().await?;
    let mut sum = 0;
    for _ in 0..count {
        let message = messages.next().await.ok_or("the stream ended")??;
        sum += message.payload.checksum();
    }
    Ok(sum)
}

pub(crate) async fn send(url: &str, count: u64) -> Result<u64, Failure> {
    let realtime = RealtimeClient::new(url, "sb_publishable_bench")?;
    let channel = realtime.channel(room(Scenario::Send, count)).build()?;
    channel.subscribe().await?;
    let mut sum = 0;
    for id in 0..count {
        let message = Message::new(id);
        channel.send("chat", &message).await?;
        sum += message.checksum();
    }
    Ok(sum)
}

/// A connection with channels on which nothing happens.
pub(crate) struct Idle {
    realtime: RealtimeClient,
    channels: Vec<Channel>,
}

impl Idle {
    pub(crate) async fn open(url: &str) -> Result<Self, Failure> {
        let realtime = RealtimeClient::new(url, "sb_publishable_bench")?;
        realtime.connect().await?;
        Ok(Self {
            realtime,
            channels: Vec::new(),
        })
    }

    pub(crate) async fn join(&mut self, count: u64) -> Result<(), Failure> {
        for _ in 0..count {
            let name = format!("room:{:06}", self.channels.len());
            let channel = self.realtime.channel(name).build()?;
            channel.subscribe().await?;
            self.channels.push(channel);
        }
        Ok(())
    }
}
