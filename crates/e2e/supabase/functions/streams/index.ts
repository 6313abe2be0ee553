// Answers that come in pieces, and a request whose pieces come back at once.
import { wait } from "../_shared/waiting.ts";

const text = new TextEncoder();
/// The callers that left before the end, by the name that they gave.
const left = new Set<string>();

function pieces(make: () => AsyncGenerator<string>, name: string): ReadableStream<Uint8Array> {
  const running = make();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await running.next();
      if (done) controller.close();
      else controller.enqueue(text.encode(value));
    },
    cancel() {
      left.add(name);
    },
  });
}

async function* ticks(): AsyncGenerator<string> {
  for (let n = 1; n <= 3; n++) {
    if (n > 1) await wait(1000);
    yield `tick ${n}\n`;
  }
}

async function* endless(): AsyncGenerator<string> {
  for (let n = 0;; n++) {
    yield `${n}\n`;
    await wait(20);
  }
}

// Counts to five and breaks off after three, unless it goes on from an earlier call.
async function* events(after: number): AsyncGenerator<string> {
  yield `: counting from ${after}\nretry: 20\n\n`;
  for (let n = after + 1; n <= 5; n++) {
    await wait(20);
    yield `id: ${n}\nevent: count\ndata: {"n": ${n},\ndata: "text": "ünd ${n}"}\n\n`;
    if (after === 0 && n === 3) return;
  }
  yield "data: done\n\n";
}

function* zeros(size: number): Generator<Uint8Array> {
  const piece = new Uint8Array(64 * 1024);
  for (let sent = 0; sent < size; sent += piece.length) {
    yield piece.subarray(0, Math.min(piece.length, size - sent));
  }
}

Deno.serve(async (request) => {
  const url = new URL(request.url);
  const name = url.searchParams.get("name") ?? "";
  switch (url.pathname) {
    case "/streams/ticks":
      return new Response(pieces(ticks, name));
    case "/streams/endless":
      return new Response(pieces(endless, name));
    case "/streams/mirror":
      return new Response(request.body);
    case "/streams/never":
      request.signal.addEventListener("abort", () => left.add(name));
      await wait(30_000);
      return new Response("too late");
    case "/streams/left":
      return Response.json(left.has(name));
    case "/streams/events": {
      const after = Number(request.headers.get("last-event-id") ?? "0");
      const headers = { "content-type": "text/event-stream; charset=utf-8" };
      return new Response(pieces(() => events(after), name), { headers });
    }
    case "/streams/zeros":
      return new Response(ReadableStream.from(zeros(Number(url.searchParams.get("size")))));
    case "/streams/count": {
      let size = 0;
      for await (const piece of request.body ?? []) size += piece.length;
      return Response.json(size);
    }
    case "/streams/memory":
      return Response.json(Deno.memoryUsage().rss);
    default:
      return new Response(null, { status: 404 });
  }
});
