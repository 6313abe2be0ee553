// Loaded before a function: makes `Deno.serve` listen where the stack wants it, and says where that is.
const mark = Deno.env.get("SUPABASE_LOCAL_MARK");
Deno.env.delete("SUPABASE_LOCAL_MARK");
const listen = Deno.serve.bind(Deno);
let serving = false;

function serve(options, handler) {
  if (typeof handler !== "function") {
    throw new TypeError("Deno.serve needs a handler: Deno.serve((request) => new Response(..))");
  }
  if (serving) {
    throw new Error("a function calls Deno.serve once");
  }
  serving = true;
  return listen({
    hostname: "127.0.0.1",
    port: 0,
    onError: options.onError,
    signal: options.signal,
    onListen: ({ port }) => console.error(`${mark}${port}`),
  }, handler);
}

Deno.serve = (first, second) =>
  typeof first === "function" ? serve({}, first) : serve(first, second ?? first.handler);

// What the platform offers for work after the answer.
globalThis.EdgeRuntime ??= {
  waitUntil(promise) {
    Promise.resolve(promise).catch((error) => console.error(error));
    return promise;
  },
};

addEventListener("load", async () => {
  if (serving) return;
  const { default: main } = await import(Deno.mainModule);
  if (typeof main?.fetch === "function") {
    serve({}, (request, info) => main.fetch(request, info));
  }
});

addEventListener("unload", () => {
  if (!serving) {
    console.error("it ended without serving: call Deno.serve(..), or export default { fetch }");
  }
});
