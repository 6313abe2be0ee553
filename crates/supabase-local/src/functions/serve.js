// Loaded before a function: makes `Deno.serve` listen where the stack wants it, and says when it does.
const { SUPABASE_LOCAL_MARK: mark, SUPABASE_LOCAL_SOCKET: path } = Deno.env.toObject();
Deno.env.delete("SUPABASE_LOCAL_MARK");
Deno.env.delete("SUPABASE_LOCAL_SOCKET");
const listen = Deno.serve.bind(Deno);
const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 0 };
let serving = false;

// The address that the caller used, not that of the socket.
function addressed(request) {
  const url = request.url.replace(/^http\+unix:/, "http:");
  return Object.defineProperties(request, {
    url: { value: url },
    clone: { value: () => addressed(Request.prototype.clone.call(request)) },
  });
}

function serve(options, handler) {
  if (typeof handler !== "function") {
    throw new TypeError("Deno.serve needs a handler: Deno.serve((request) => new Response(..))");
  }
  if (serving) {
    throw new Error("a function calls Deno.serve once");
  }
  serving = true;
  return listen({
    path,
    onError: options.onError,
    signal: options.signal,
    onListen: () => console.error(mark),
  }, (request, { completed }) => handler(addressed(request), { remoteAddr, completed }));
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
