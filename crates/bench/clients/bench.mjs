// The official JavaScript client, measured as the Rust ones are: node bench.mjs run <scenario> <url> <requests> [in flight]
// Every answer is decoded; the checksum is taken of the first one, since it would cost more here than the decoding.

import { readFileSync } from "node:fs";
import { createClient } from "@supabase/supabase-js";

const [, , , scenario, url, requests, inFlight = "1"] = process.argv;
const client = createClient(url, "sb_publishable_bench", {
  auth: { persistSession: false, autoRefreshToken: false },
});

const bits = new DataView(new ArrayBuffer(8));

function checksum(rows) {
  let sum = 0;
  for (const row of rows) {
    bits.setFloat64(0, row.mass);
    const remainder = ((bits.getUint32(0) % 1009) * (2 ** 32 % 1009) + bits.getUint32(4)) % 1009;
    sum += row.id + row.name.length + remainder + (row.moons ?? 7);
    sum += Number(row.inhabited) + row.discovered_at.length + row.note.length;
  }
  return sum;
}

const planets = Array.from({ length: 1000 }, (_, id) => ({
  id,
  name: `Planet ${id}`,
  mass: 0.375 + 0.125 * id,
  moons: id % 7 || null,
  inhabited: id % 3 === 0,
  discovered_at: "2026-11-24T12:34:56.789012+00:00",
  note: 'Seen "twice" from the station, on a clear night',
}));

async function answered(call) {
  const { data, error } = await call;
  if (error) throw new Error(`${error.message} ${error.details ?? ""}`);
  return data;
}

const scenarios = {
  small: async (id) => await answered(client.from("small").select("id,name").eq("id", id)),
  rows: async () => await answered(client.from("planets").select("*").limit(1000)),
  insert: async () => await answered(client.from("planets").insert(planets)),
};
const sums = {
  small: (rows) => rows.reduce((sum, row) => sum + row.id + row.name.length, 0),
  rows: checksum,
  insert: () => 1,
};

async function many(count, lanes) {
  let next = 0;
  let first;
  const lane = async () => {
    while (next < count) {
      const data = await scenarios[scenario](next++);
      first ??= sums[scenario](data);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return first * count;
}

const memory = (name) =>
  1024 * Number(readFileSync("/proc/self/status", "utf8").match(new RegExp(`${name}:\\s+(\\d+)`))[1]);

const count = Number(requests);
const lanes = Number(inFlight);
await many(2 * lanes, lanes);
const resident = memory("VmRSS");
const cpuBefore = process.cpuUsage();
const begun = process.hrtime.bigint();
const sum = await many(count, lanes);
const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
const cpu = process.cpuUsage(cpuBefore);
console.log(
  JSON.stringify({
    requests: count,
    checksum: sum,
    cpu: ((cpu.user + cpu.system) * 1000) / count,
    rate: count / seconds,
    peak: Math.max(0, memory("VmHWM") - resident),
  }),
);
process.exit(0);
