// Tells a story as server-sent events, word by word.
const words = ["A", "function", "can", "speak", "while", "it", "thinks."];

async function* events() {
  const text = new TextEncoder();
  for (const [id, word] of words.entries()) {
    yield text.encode(`id: ${id + 1}\nevent: word\ndata: ${JSON.stringify({ word })}\n\n`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

Deno.serve(() =>
  new Response(ReadableStream.from(events()), { headers: { "content-type": "text/event-stream" } })
);
