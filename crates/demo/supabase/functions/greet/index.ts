// Answers in JSON; who calls is in the token that the stack has checked.
Deno.serve(async (request) => {
  const { name } = await request.json();
  if (typeof name !== "string") {
    return Response.json({ error: "tell me your name", code: "NO_NAME" }, { status: 422 });
  }
  return Response.json({ message: `Hello ${name}`, runtime: `Deno ${Deno.version.deno}` });
});
