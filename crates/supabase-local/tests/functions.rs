//! Functions on real Deno, through the gateway: who may call, what fails and how it says so, restarts, and the end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Answer, bearer, call, eventually, get, is_alive, started};
use http::{Method, StatusCode};
use serde_json::json;
use supabase_local::{Stack, StackBuilder, claims};

/// A project with these files below `supabase`.
fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    for (file, text) in files {
        write(project.path(), file, text);
    }
    project
}

fn write(project: &Path, file: &str, text: &str) {
    let path = project.join("supabase").join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn on(project: &tempfile::TempDir) -> StackBuilder {
    Stack::builder().project(project.path()).pinned()
}

const OPEN: &str = "[functions.open]\nverify_jwt = false\n";

async fn open(stack: &Stack) -> Answer {
    get(stack, "/functions/v1/open", &[]).await
}

fn code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().unwrap_or("").to_owned();
    assert_eq!(answer.headers["sb-error-code"].to_str().unwrap(), code);
    (answer.status.as_u16(), code)
}

#[tokio::test]
async fn a_function_sees_the_request_and_the_project() {
    let project = project(&[
        ("config.toml", OPEN),
        (
            "functions/.env",
            "GREETING=\"good day\"\nSUPABASE_URL=wrong\n",
        ),
        (
            "functions/_shared/name.ts",
            "export const name: string = 'shared';",
        ),
        (
            "functions/open/index.ts",
            r#"import "jsr:@supabase/functions-js/edge-runtime.d.ts";
               import { name } from "../_shared/name.ts";
               Deno.serve({ port: 1 }, async (request, info) => {
                 const file = await Deno.makeTempFile();
                 await Deno.writeTextFile(file, name);
                 const refused = async (work: () => unknown) => {
                   try { await work(); return "allowed"; } catch (error) { return (error as Error).name; }
                 };
                 return Response.json({
                   method: request.method, url: request.url, body: await request.text(),
                   custom: request.headers.get("x-custom"), peer: info.remoteAddr.hostname,
                   shared: await Deno.readTextFile(file), greeting: Deno.env.get("GREETING"),
                   env: ["URL", "ANON_KEY", "SERVICE_ROLE_KEY", "DB_URL"].map((name) => Deno.env.get(`SUPABASE_${name}`)),
                   keys: [JSON.parse(Deno.env.get("SUPABASE_PUBLISHABLE_KEYS")!).default,
                          JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS")!).default],
                   internal: Deno.env.get("SUPABASE_LOCAL_MARK") ?? null,
                   passwd: await refused(() => Deno.readTextFile("/etc/passwd")),
                   run: await refused(() => new Deno.Command("ls").output()),
                 });
               });"#,
        ),
    ]);
    let Some(stack) = started("a_function_sees_the_request_and_the_project", on(&project)).await
    else {
        return;
    };
    let headers = [("x-custom", "1"), ("connection", "close")];
    let path = "/functions/v1/open/a%2Fb?x=1&y=%20";
    let answer = call(&stack, Method::PUT, path, &headers, "hello").await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    assert_eq!(
        answer.json(),
        json!({
            "method": "PUT", "url": "http://localhost/open/a%2Fb?x=1&y=%20", "body": "hello",
            "custom": "1", "peer": "127.0.0.1", "shared": "shared", "greeting": "good day",
            "env": [stack.url(), stack.anon_key(), stack.service_role_key(), stack.database_url()],
            "keys": [stack.publishable_key(), stack.secret_key()],
            "internal": null, "passwd": "NotCapable", "run": "NotCapable",
        })
    );
    assert!(answer.headers.contains_key("sb-request-id"));
    assert_eq!(get(&stack, "/functions/v1/opens", &[]).await.status, 404);
}

#[tokio::test]
async fn a_token_is_asked_for_unless_the_configuration_says_otherwise() {
    let echo =
        "Deno.serve((request) => new Response(request.headers.get('authorization') ?? 'none'));";
    let project = project(&[
        ("config.toml", OPEN),
        ("functions/open/index.ts", echo),
        ("functions/closed/index.ts", echo),
    ]);
    let name = "a_token_is_asked_for_unless_the_configuration_says_otherwise";
    let Some(stack) = started(name, on(&project)).await else {
        return;
    };
    let as_who = |authorization: String| {
        let stack = &stack;
        async move {
            let headers = [("authorization", authorization.as_str())];
            get(stack, "/functions/v1/closed", &headers).await
        }
    };
    for key in [stack.publishable_key(), stack.secret_key()] {
        let none = get(&stack, "/functions/v1/closed", &[("apikey", key)]).await;
        assert_eq!(code(&none), (401, "UNAUTHORIZED_NO_AUTH_HEADER".into()));
        assert_eq!(none.json()["message"], "Missing authorization header");
        // A key of the new format is no token, and does not become one.
        let as_token = as_who(bearer(key)).await;
        assert_eq!(
            code(&as_token),
            (401, "UNAUTHORIZED_INVALID_JWT_FORMAT".into())
        );
    }
    let late = as_who(bearer(&stack.user_jwt(&claims("ada").expired()))).await;
    assert_eq!(code(&late), (401, "UNAUTHORIZED_LEGACY_JWT".into()));
    for token in [
        stack.anon_key(),
        stack.service_role_key(),
        &stack.user_jwt(&claims("ada")),
    ] {
        let answer = as_who(bearer(token)).await;
        assert_eq!(answer.body, bearer(token));
    }
    // The function itself answers a browser's preflight.
    let preflight = [
        ("origin", "http://localhost:3000"),
        ("access-control-request-method", "POST"),
    ];
    let path = "/functions/v1/closed";
    let answer = call(&stack, Method::OPTIONS, path, &preflight, "").await;
    assert_eq!(answer.body, "none");
    // Nothing is asked, nothing is added.
    assert_eq!(open(&stack).await.body, "none");
    let keyed = [("apikey", stack.anon_key())];
    assert_eq!(get(&stack, "/functions/v1/open", &keyed).await.body, "none");
}

#[tokio::test]
async fn what_cannot_run_says_why() {
    let project = project(&[
        ("config.toml", "[functions.off]\nenabled = false\n"),
        ("functions/wrong/index.ts", "const x: = 1;"),
        (
            "functions/remote/index.ts",
            "import x from \"https://deno.land/x/y.ts\"; x;",
        ),
        (
            "functions/npm/index.ts",
            "import { z } from \"npm:zod\"; z;",
        ),
        ("functions/missing/index.ts", "import \"./nowhere.ts\";"),
        (
            "functions/throws/index.ts",
            "throw new Error(\"no configuration\");",
        ),
        ("functions/silent/index.ts", "console.log('done');"),
        (
            "functions/off/index.ts",
            "Deno.serve(() => new Response());",
        ),
        (
            "functions/crash/index.ts",
            "Deno.serve((request) => {
               if (request.method === 'GET') return new Response(String(Deno.pid));
               setTimeout(() => { throw new Error('boom'); }, 0);
               return new Promise(() => {});
             });",
        ),
        (
            "functions/fails/index.ts",
            "Deno.serve(() => { throw new Error('a fault'); });",
        ),
        (
            "functions/default/index.ts",
            "export default { fetch: () => new Response('served') };",
        ),
    ]);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    let builder =
        on(&project).function_logs(move |line| sink.lock().unwrap().push(line.to_string()));
    let Some(stack) = started("what_cannot_run_says_why", builder).await else {
        return;
    };
    let token = bearer(stack.anon_key());
    let ask = |method: Method, name: &'static str| {
        let (stack, token) = (&stack, token.as_str());
        async move {
            let path = format!("/functions/v1/{name}");
            call(stack, method, &path, &[("authorization", token)], "").await
        }
    };
    for (name, why) in [
        ("wrong", "wrong/index.ts:1:10"),
        ("remote", "--remote-imports"),
        ("npm", "--remote-imports"),
        ("missing", "Module not found"),
        ("throws", "no configuration"),
        ("silent", "call Deno.serve(..), or export default { fetch }"),
    ] {
        let answer = ask(Method::POST, name).await;
        assert_eq!(code(&answer), (503, "BOOT_ERROR".into()), "{name}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with("Function failed to start"), "{message}");
        assert!(message.contains(why), "{message}");
    }
    for name in ["nowhere", "off", "_shared", "..%2Fconfig", "", "/wrong"] {
        let answer = ask(Method::POST, name).await;
        assert_eq!(code(&answer), (404, "NOT_FOUND".into()), "{name}");
    }

    // A crash ends the call with the reason, and the next call has a new process.
    let before = ask(Method::GET, "crash").await.body;
    let crash = ask(Method::POST, "crash").await;
    assert_eq!(code(&crash), (500, "WORKER_ERROR".into()));
    let message = crash.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("Uncaught Error: boom"), "{message}");
    let after = ask(Method::GET, "crash").await.body;
    assert_ne!(before, after);
    // One that ends between two calls is not even noticed.
    let pid = String::from_utf8(after.to_vec()).unwrap();
    let killed = Command::new("kill").args(["-9", &pid]).status().unwrap();
    assert!(killed.success());
    let pid = pid.parse().unwrap();
    eventually("the killed function is gone", || !is_alive(pid));
    let again = ask(Method::GET, "crash").await;
    assert_eq!(again.status, StatusCode::OK, "{:?}", again.body);

    // An error of a handler is the function's own answer.
    let fails = ask(Method::POST, "fails").await;
    assert_eq!(fails.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(fails.body, "Internal Server Error");
    assert_eq!(ask(Method::POST, "default").await.body, "served");

    eventually("the logs hold the trace", || {
        let lines = lines.lock().unwrap();
        let has = |text: &str| lines.iter().any(|line| line.starts_with(text));
        has("[fails] Error: a fault")
            && has("[silent] done")
            && has("[crash] error: Uncaught Error: boom")
    });
    let lines = lines.lock().unwrap();
    assert!(
        !lines.iter().any(|line| line.contains("supabase-local ")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_change_is_seen_when_asked_for() {
    let answer = |text: &str| format!("Deno.serve(() => new Response('{text}'));");
    let project = project(&[
        ("config.toml", OPEN),
        ("functions/open/index.ts", &answer("one")),
    ]);
    let watching = on(&project).watch_functions();
    let Some(watching) = started("a_change_is_seen_when_asked_for", watching).await else {
        return;
    };
    let plain = on(&project).start().await.unwrap();
    assert_eq!(open(&watching).await.body, "one");
    assert_eq!(open(&plain).await.body, "one");
    write(project.path(), "functions/open/index.ts", &answer("second"));
    assert_eq!(open(&watching).await.body, "second");
    assert_eq!(open(&plain).await.body, "one");
    write(project.path(), "functions/late/index.ts", &answer("late"));
    let token = bearer(watching.anon_key());
    let late = get(
        &watching,
        "/functions/v1/late",
        &[("authorization", &token)],
    )
    .await;
    assert_eq!(late.body, "late");
    write(project.path(), "functions/open/index.ts", "broken(");
    assert_eq!(code(&open(&watching).await), (503, "BOOT_ERROR".into()));
    write(project.path(), "functions/open/index.ts", &answer("mended"));
    assert_eq!(open(&watching).await.body, "mended");
}

const PID: &str = "Deno.serve(() => new Response(String(Deno.pid)));";

fn pid(answer: &Answer) -> u32 {
    std::str::from_utf8(&answer.body).unwrap().parse().unwrap()
}

#[tokio::test]
async fn calls_at_the_same_time_share_one_process_that_ends_with_its_stack() {
    let project = project(&[("config.toml", OPEN), ("functions/open/index.ts", PID)]);
    let name = "calls_at_the_same_time_share_one_process_that_ends_with_its_stack";
    let Some(stack) = started(name, on(&project)).await else {
        return;
    };
    let (one, two, three) = tokio::join!(open(&stack), open(&stack), open(&stack));
    let first = pid(&one);
    assert_eq!([pid(&two), pid(&three)], [first; 2]);
    assert!(is_alive(first));
    stack.stop().await;
    assert!(!is_alive(first), "`stop` waits for it");

    let stack = on(&project).start().await.unwrap();
    let second = pid(&open(&stack).await);
    drop(stack);
    eventually("the function ends with a dropped stack", || {
        !is_alive(second)
    });
}

#[cfg(unix)]
#[tokio::test]
async fn functions_end_with_a_killed_parent() {
    let project = project(&[("config.toml", OPEN), ("functions/open/index.ts", PID)]);
    let Some(_stack) = started("functions_end_with_a_killed_parent", on(&project)).await else {
        return;
    };
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port().to_string()
    };
    let mut child = Command::new(env!("CARGO_BIN_EXE_supabase-local"))
        .args(["start", "--pinned", "--quiet", "--port", &port, "--project"])
        .arg(project.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut answer = String::new();
    eventually("the command serves the function", || {
        use std::io::{Read as _, Write as _};
        let Ok(mut stream) = std::net::TcpStream::connect(format!("127.0.0.1:{port}")) else {
            return false;
        };
        let request = "GET /functions/v1/open HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        answer.clear();
        stream.write_all(request.as_bytes()).is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.starts_with("HTTP/1.1 200")
    });
    let pid: u32 = answer.rsplit("\r\n\r\n").next().unwrap().parse().unwrap();
    assert!(is_alive(pid));
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("the function is gone", || !is_alive(pid));
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_needs_no_deno_and_calls_say_what_is_missing() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project(&[
        ("config.toml", OPEN),
        ("functions/open/index.ts", PID),
        ("old/deno", "#!/bin/sh\necho 'deno 1.46.3 (stable)'\n"),
        (
            "broken/deno",
            "#!/bin/sh\necho 'no such libc' >&2; exit 1\n",
        ),
    ]);
    let program = |name: &str| project.path().join("supabase").join(name);
    for name in ["old/deno", "broken/deno"] {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(program(name), mode).unwrap();
    }
    for (deno, why) in [
        ("nowhere/deno", "name the deno binary"),
        ("old/deno", "must name Deno 2.9 or newer"),
        ("broken/deno", "no such libc"),
    ] {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&notes);
        let builder = on(&project)
            .deno(program(deno))
            .progress(move |step| sink.lock().unwrap().push(step.to_string()));
        let name = "a_database_needs_no_deno_and_calls_say_what_is_missing";
        let Some(stack) = started(name, builder).await else {
            return;
        };
        let noted = notes.lock().unwrap().join("\n");
        assert!(noted.contains("the functions cannot run: "), "{noted}");
        assert!(noted.contains(why), "{noted}");
        let answer = open(&stack).await;
        assert_eq!(code(&answer), (503, "BOOT_ERROR".into()));
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(why), "{message}");
        let rest = get(&stack, "/rest/v1/", &[("apikey", stack.secret_key())]).await;
        assert_eq!(rest.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn without_functions_there_is_no_deno() {
    let project = project(&[("config.toml", "")]);
    let steps = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&steps);
    let builder = on(&project).progress(move |step| sink.lock().unwrap().push(step.to_string()));
    let Some(stack) = started("without_functions_there_is_no_deno", builder).await else {
        return;
    };
    assert_eq!(code(&open(&stack).await), (404, "NOT_FOUND".into()));
    let steps = steps.lock().unwrap().join("\n");
    assert!(
        steps.contains("starting PostgREST") && !steps.contains("eno"),
        "{steps}"
    );
}
