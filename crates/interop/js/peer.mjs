// The official JavaScript client in a room: node peer.mjs <url>. It shows itself, broadcasts once each way, waits until
// it has heard the same and seen someone else, tells what it saw as one line of JSON, and leaves.

import { createClient } from "@supabase/supabase-js";

const client = createClient(process.argv[2], "sb_publishable_interop", {
  auth: { persistSession: false, autoRefreshToken: false },
});
const channel = client.channel("interop", {
  config: { broadcast: { ack: true }, presence: { key: "javascript" } },
});
const seen = {};

async function told() {
  const others = Object.keys(channel.presenceState()).filter((key) => key !== "javascript");
  if (!seen.json || !seen.binary || !others.length || seen.told) return;
  seen.told = true;
  seen.presence = Object.fromEntries(
    others.map((key) => [key, channel.presenceState()[key].map(({ presence_ref, ...shown }) => shown)]),
  );
  console.log(JSON.stringify(seen));
  await channel.untrack();
  await client.removeAllChannels();
  process.exit(0);
}

channel
  .on("broadcast", { event: "json" }, ({ payload }) => {
    seen.json = payload;
    told();
  })
  .on("broadcast", { event: "binary" }, ({ payload }) => {
    seen.binary = Array.from(new Uint8Array(payload));
    told();
  })
  .on("presence", { event: "sync" }, told)
  .subscribe(async (status) => {
    if (status !== "SUBSCRIBED") return;
    seen.tracked = await channel.track({ from: "javascript", version: 1 });
    const json = { from: "javascript", text: "grüße", n: 1.5 };
    seen.sentJson = await channel.send({ type: "broadcast", event: "json", payload: json });
    const payload = new Uint8Array([0, 255, 128, 10]).buffer;
    seen.sentBinary = await channel.send({ type: "broadcast", event: "binary", payload });
  });

setTimeout(() => {
  console.error("nobody answered", JSON.stringify(seen));
  process.exit(1);
}, 30_000);
