//! The published client `supabase-realtime-rs`.

use std::sync::Arc;

use supabase_realtime_rs::{ChannelEvent, EventPayload, RealtimeChannel, RealtimeClient, RealtimeClientOptions};

use crate::realtime_client::{Failure, Message, Scenario, room};

async fn client(url: &str) -> Result<RealtimeClient, Failure> {
    let options = RealtimeClientOptions {
        api_key: "sb_publishable_bench".to_owned(),
        ..Default::default()
    };
    let url = format!("{}/realtime/v1", url.replace("http://", "ws://"));
    let client = RealtimeClient::new(&url, options)?;
    client.connect().await?;
    Ok(client)
}

pub(crate) async fn receive(url: &str, scenario: Scenario, count: u64) -> Result<u64, Failure> {
    if scenario == Scenario::Binary {
        return Err("it knows no binary frames".into());
    }
    let client = client(url).await?;
    let channel = client
        .channel(&room(scenario, count), Default::default())
        .await;
    let mut messages = channel.on(ChannelEvent::broadcast("chat")).await;
    channel.subscribe().await?;
    let mut sum = 0;
    for _ in 0..count {
        let EventPayload::Broadcast(json) = messages.recv().await.ok_or("the stream ended")? else {
            return Err("no broadcast".into());
        };
        let payload = json.get("payload").cloned().unwrap_or(json);
        sum += serde_json::from_value::<Message>(payload)?.checksum();
    }
    Ok(sum)
}

pub(crate) async fn send(url: &str, count: u64) -> Result<u64, Failure> {
    let client = client(url).await?;
    let channel = client
        .channel(&room(Scenario::Send, count), Default::default())
        .await;
    channel.subscribe().await?;
    // It takes itself for joined some time after the answer.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let mut sum = 0;
    for id in 0..count {
        let message = Message::new(id);
        let json = serde_json::to_value(&message)?;
        channel.send(ChannelEvent::broadcast("chat"), json).await?;
        sum += message.checksum();
    }
    Ok(sum)
}

/// A connection with channels on which nothing happens.
pub(crate) struct Idle {
    client: RealtimeClient,
    channels: Vec<Arc<RealtimeChannel>>,
}

impl Idle {
    pub(crate) async fn open(url: &str) -> Result<Self, Failure> {
        Ok(Self {
            client: client(url).await?,
            channels: Vec::new(),
        })
    }

    pub(crate) async fn join(&mut self, count: u64) -> Result<(), Failure> {
        for _ in 0..count {
            let name = format!("room:{:06}", self.channels.len());
            let channel = self.client.channel(&name, Default::default()).await;
            channel.subscribe().await?;
            self.channels.push(channel);
        }
        Ok(())
    }
}
