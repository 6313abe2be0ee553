//! The parts of the tour. Each step prints the call that it makes.

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use supabase::Client;
use supabase::functions::Failure;
use supabase::postgrest::{Count, Explain, all, any, col};
use tokio::time::Instant;

use crate::show::{arrived, end, part, step};

#[derive(Debug, Serialize, Deserialize)]
struct Planet {
    id: i64,
    name: String,
    moons: i32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Star {
    name: String,
    planets: Vec<Named>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Greeting {
    message: String,
    runtime: String,
}

#[derive(Debug, Deserialize)]
struct Word {
    word: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    planet_id: i64,
    body: String,
}

pub(crate) async fn reading(supabase: &Client) -> Result<()> {
    part("Reading");
    let planets: Vec<Planet> = supabase
        .from("planets")
        .select("id, name, moons")
        .gt("moons", 0)
        .order(col("moons").desc())
        .await?;
    ensure!(planets.len() == 3);
    step(
        r#"from("planets").select("id, name, moons").gt("moons", 0).order(col("moons").desc())"#,
        &planets,
    );

    let earth: Planet = supabase
        .from("planets")
        .select("*")
        .eq("name", "Earth")
        .single()
        .await?;
    step(
        r#"from("planets").select("*").eq("name", "Earth").single()"#,
        &earth,
    );

    let nemesis: Option<Planet> = supabase
        .from("planets")
        .select("*")
        .eq("name", "Nemesis")
        .maybe_single()
        .await?;
    ensure!(nemesis.is_none());
    step(
        r#"….eq("name", "Nemesis").maybe_single()"#,
        format!("{nemesis:?}"),
    );

    let stars: Vec<Star> = supabase
        .from("stars")
        .select("name, planets(name)")
        .order("id")
        .order(col("name").desc().on("planets"))
        .limit_on("planets", 2)
        .await?;
    step(
        r#"from("stars").select("name, planets(name)").order(col("name").desc().on("planets")).limit_on("planets", 2)"#,
        &stars,
    );

    let odd = any([
        col("moons").gte(50),
        all([col("moons").eq(1), col("name").ilike("e%")]),
    ]);
    let found: Vec<Named> = supabase
        .from("planets")
        .select("name")
        .filter(odd)
        .order("id")
        .await?;
    ensure!(found.len() == 2);
    step(
        r#"….filter(any([col("moons").gte(50), all([col("moons").eq(1), col("name").ilike("e%")])]))"#,
        &found,
    );

    let alive: Vec<Named> = supabase
        .from("planets")
        .select("name")
        .contains("tags", ["has, life"])
        .await?;
    ensure!(alive.len() == 1);
    step(
        r#"….contains("tags", ["has, life"])   // a comma in a value is a value"#,
        &alive,
    );

    let page = supabase
        .from("planets")
        .select::<Named>("name")
        .order("id")
        .count(Count::Exact)
        .range(0..=1)
        .await?;
    ensure!(page.count == Some(6) && page.data.len() == 2);
    step(
        r#"….count(Count::Exact).range(0..=1)"#,
        format!(
            "{} of {:?}, {:?}",
            page.data.len(),
            page.count,
            page.completeness()
        ),
    );
    end();
    Ok(())
}

pub(crate) async fn writing(admin: &Client) -> Result<()> {
    part("Writing (by the service key)");
    let saturn = json!({ "id": 7, "star_id": 1, "name": "Saturn", "moons": 146 });
    admin.from("planets").insert(&saturn).await?;
    step(r#"from("planets").insert(&saturn)"#, ());

    let again = admin.from("planets").insert(&saturn).await.err();
    ensure!(
        again
            .as_ref()
            .is_some_and(supabase::Error::is_unique_violation)
    );
    step(
        "the same again, error.is_unique_violation()",
        again.map(|error| error.to_string()),
    );

    let rows = [
        json!({ "id": 7, "star_id": 1, "name": "Saturn", "moons": 274 }),
        json!({ "id": 8, "star_id": 1, "name": "Uranus", "moons": 28 }),
    ];
    let upserted: Vec<Planet> = admin
        .from("planets")
        .upsert(&rows)
        .on_conflict(["id"])
        .select("id, name, moons")
        .await?;
    ensure!(upserted.len() == 2);
    step(
        r#"from("planets").upsert(&rows).on_conflict(["id"]).select("id, name, moons")"#,
        &upserted,
    );

    let changed: Vec<Planet> = admin
        .from("planets")
        .update(&json!({ "moons": 29 }))
        .eq("name", "Uranus")
        .select("id, name, moons")
        .await?;
    step(
        r#"from("planets").update(&json!({ "moons": 29 })).eq("name", "Uranus").select(..)"#,
        &changed,
    );

    admin.from("planets").delete().in_("id", [7, 8]).await?;
    let left = admin.from("planets").count(Count::Exact).await?;
    ensure!(left == 6);
    step(
        r#"from("planets").delete().in_("id", [7, 8]), then .count(Count::Exact)"#,
        left,
    );
    end();
    Ok(())
}

pub(crate) async fn functions_and_plans(anon: &Client, admin: &Client) -> Result<()> {
    part("Functions and plans");
    let moons: i64 = anon
        .rpc("moons_in_all", &json!({ "of_star": "Sun" }))
        .await?;
    ensure!(moons == 98);
    step(
        r#"rpc("moons_in_all", &json!({ "of_star": "Sun" }))"#,
        moons,
    );

    let plan: String = admin
        .from("planets")
        .select::<Planet>("*")
        .eq("id", 3)
        .explain(Explain::new().analyze())
        .await?;
    ensure!(plan.contains("planets"));
    step(
        r#"from("planets").select::<Planet>("*").eq("id", 3).explain(Explain::new().analyze())"#,
        plan,
    );

    let csv: String = anon.from("planets").csv("id, name").lt("id", 3).await?;
    step(r#"from("planets").csv("id, name").lt("id", 3)"#, csv);
    end();
    Ok(())
}

pub(crate) async fn row_level_security(anon: &Client, ada: &Client, bob: &Client) -> Result<()> {
    part("Row-level security");
    ada.from("notes")
        .insert(&Note {
            planet_id: 4,
            body: "send a probe".into(),
        })
        .await?;
    bob.from("notes")
        .insert(&Note {
            planet_id: 5,
            body: "too much gravity".into(),
        })
        .await?;
    step(
        "ada and bob each insert a note: supabase.as_user(token).from(\"notes\").insert(..)",
        (),
    );

    for (name, client, expected) in [("anon", anon, 0), ("ada", ada, 1), ("bob", bob, 1)] {
        let seen: Vec<Note> = client.from("notes").select("planet_id, body").await?;
        ensure!(seen.len() == expected, "{name} sees {} notes", seen.len());
        step(
            &format!("what {name} sees: from(\"notes\").select(\"planet_id, body\")"),
            &seen,
        );
    }

    let stolen: Vec<Value> = bob
        .from("notes")
        .update(&json!({ "body": "mine" }))
        .eq("planet_id", 4)
        .select("*")
        .await?;
    ensure!(stolen.is_empty());
    step("bob updates ada's note", &stolen);

    let refused = anon
        .from("notes")
        .insert(&Note {
            planet_id: 3,
            body: "hello".into(),
        })
        .await
        .err();
    ensure!(
        refused
            .as_ref()
            .is_some_and(supabase::Error::is_rls_violation)
    );
    step(
        "anon inserts a note, error.is_rls_violation()",
        refused.map(|error| error.to_string()),
    );
    end();
    Ok(())
}

pub(crate) async fn edge_functions(anon: &Client, ada: &Client) -> Result<()> {
    part("Edge functions, on real Deno");
    let ada_is = json!({ "name": "Ada" });
    let greet = ada.functions().invoke("greet").json(&ada_is);
    let greeting: Greeting = greet.await?.json().await?;
    ensure!(greeting.message == "Hello Ada");
    step(
        r#"functions().invoke("greet").json(&json!({ "name": "Ada" })).await?.json()   // as ada"#,
        &greeting,
    );

    let nameless = ada.functions().invoke("greet").json(&json!({})).await.err();
    ensure!(nameless.as_ref().is_some_and(
        |error| Failure::of(error) == Failure::Function && error.code() == Some("NO_NAME")
    ));
    step(
        r#"invoke("greet").json(&json!({}))   // the function's own error, status and code kept"#,
        nameless.map(|error| error.to_string()),
    );

    let stranger = anon.functions().invoke("greet").json(&ada_is).await.err();
    ensure!(
        stranger
            .as_ref()
            .is_some_and(supabase::Error::is_unauthorized)
    );
    step(
        r#"anon.functions().invoke("greet")   // a key is no token"#,
        stranger.map(|error| error.to_string()),
    );

    step(
        r#"let mut events = anon.functions().invoke("story").await?.events();   // server-sent events, as they come"#,
        "",
    );
    let mut events = anon.functions().invoke("story").await?.events();
    let (begun, mut words) = (Instant::now(), Vec::new());
    while let Some(event) = events.try_next().await? {
        let word: Word = event.json()?;
        arrived(begun.elapsed(), &event.id, &word.word);
        words.push(word.word);
    }
    ensure!(words.join(" ") == "A function can speak while it thinks.");
    end();
    Ok(())
}

pub(crate) async fn mistakes(supabase: &Client) -> Result<()> {
    part("Mistakes, found before anything is sent");
    let planets = supabase.from("planets");
    for (code, error) in [
        (
            r#"supabase.from("a/b").select("*")"#,
            supabase.from("a/b").select::<Value>("*").await.err(),
        ),
        (
            r#"select("id, orders(total")"#,
            planets.select::<Value>("id, orders(total").await.err(),
        ),
        (
            r#"delete().filter(all([]))"#,
            planets.delete().filter(all([])).await.err(),
        ),
        (
            r#"eq("moons", f64::NAN)"#,
            planets
                .select::<Value>("*")
                .eq("moons", f64::NAN)
                .await
                .err(),
        ),
        (
            r#"Client::new(url, "sb_secret_…")"#,
            Client::new("https://xyz.supabase.co", "sb_secret_abc").err(),
        ),
    ] {
        ensure!(
            error.as_ref().is_some_and(supabase::Error::never_sent),
            "{code}"
        );
        step(code, error.map(|error| error.to_string()));
    }
    end();
    Ok(())
}
