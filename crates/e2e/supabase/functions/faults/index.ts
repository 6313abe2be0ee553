// Answers that are errors, and some that only look like a success.
import { wait } from "../_shared/waiting.ts";

let runs = 0;

Deno.serve(async (request) => {
  switch (new URL(request.url).pathname) {
    case "/faults/teapot":
      return Response.json({ error: "I am a teapot", code: "TEAPOT", cups: 2 }, {
        status: 418,
        headers: { "x-cups": "2" },
      });
    case "/faults/page":
      return new Response("<h1>Bad gateway</h1>", {
        status: 502,
        headers: { "content-type": "text/html" },
      });
    case "/faults/throw":
      throw new Error("not handled");
    case "/faults/relay":
      return new Response("no worker", { headers: { "x-relay-error": "true" } });
    case "/faults/not-json":
      return new Response("{\"n\": oops", { headers: { "content-type": "application/json" } });
    case "/faults/half":
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("[1, 2"));
          },
          async pull(controller) {
            await wait(20);
            controller.error(new Error("broke off"));
          },
        }),
      );
    case "/faults/busy":
      runs += 1;
      return new Response(String(runs), { status: 503 });
    case "/faults/runs":
      return Response.json(runs);
    case "/faults/empty":
      return new Response(null, { status: 204 });
    case "/faults/moved":
      return new Response(null, { status: 303, headers: { location: "/functions/v1/echo" } });
    default:
      return new Response(null, { status: 404 });
  }
});
