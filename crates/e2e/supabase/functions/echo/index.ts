// Says what it was sent, read by the means that the platform gives for its content type.

async function digest(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function field(name: string, value: File | string): Promise<unknown> {
  if (typeof value === "string") return { name, text: value };
  const sha256 = await digest(await value.arrayBuffer());
  return { name, file: value.name, type: value.type, size: value.size, sha256 };
}

async function body(request: Request): Promise<unknown> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0];
  switch (type) {
    case "":
      return { nothing: (await request.arrayBuffer()).byteLength };
    case "application/json":
      return { json: await request.json() };
    case "text/plain":
      return { text: await request.text() };
    case "application/x-www-form-urlencoded":
    case "multipart/form-data": {
      const form = await request.formData();
      return { form: await Promise.all([...form].map(([name, value]) => field(name, value))) };
    }
    default: {
      const bytes = await request.arrayBuffer();
      return { size: bytes.byteLength, sha256: await digest(bytes) };
    }
  }
}

Deno.serve(async (request) => {
  const url = new URL(request.url);
  const said = {
    method: request.method,
    path: url.pathname,
    query: [...url.searchParams],
    headers: Object.fromEntries(request.headers),
    body: await body(request),
  };
  return Response.json(said, { headers: { "x-echo": "yes" } });
});
