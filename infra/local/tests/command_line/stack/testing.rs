//! `connection test` is made by the control function: the real one, with the command line's event.

use super::emulated::{Emulated, aws};
use super::lambda::{Says, serve};
use crate::process::{Place, Result};
use crate::running::SMALL;
use causeway_runtime_api::Running;
use serde_json::json;
use std::io::Error;
use std::path::Path;

/// The binary beside the one that is tested.
async fn control(stack: &Emulated) -> Result<Running> {
    let binary = Path::new(env!("CARGO_BIN_EXE_causeway")).with_file_name("causeway-control");
    let mut variables = aws(&stack.endpoint());
    variables.extend(stack.variables.clone());
    let built = "; cargo build --workspace --bins --profile ci builds it";
    Running::start(&binary, &variables)
        .await
        .map_err(|error| Error::other(format!("{}: {error}{built}", binary.display())))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checks_are_made_from_where_the_functions_run() -> Result<()> {
    let outside = Place::new()?;
    let vendor = outside.simulate(&SMALL)?;
    let mut stack = Emulated::start().await?;
    let says = Says::Configuration(json!({ "Environment": { "Variables": stack.variables } }));
    let lambda = serve(says, Some(control(&stack).await?)).await?;
    stack.place.environment.push(("AWS_ENDPOINT_URL_LAMBDA".to_owned(), lambda));
    let place = &stack.place;

    let missing = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(
        missing.stderr.starts_with("error: connection plant-north: there is no such connection\n  help: "),
        "{missing:?}"
    );

    let text = format!(
        "name = \"plant-north\"\n\n[source.claroty-xdome]\napi_url = \"{}\"\napi_token_secret = \"xdome-token\"\n\n\
         [destination.files]\nfolder = \"out\"\n",
        vendor.text("base_url"),
    );
    place.write("plant.toml", &text)?;
    assert_eq!(place.call(&["connection", "apply", "plant.toml"])?.code, 0);
    let early = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(early.code, 5, "without the token: {early:?}");
    assert!(early.stdout.contains("causeway secret set"), "{early:?}");
    assert_eq!(place.pipe(vendor.text("token"), &["secret", "set", "xdome-token"])?.code, 0);
    let tested = place.call(&["connection", "test", "plant-north", "--json"])?;
    assert_eq!(tested.code, 0, "{tested:?}");
    let names: Vec<_> =
        tested.json()?[0]["checks"].as_array().into_iter().flatten().map(|c| c["check"].clone()).collect();
    assert!(
        names.contains(&json!("Network Reachability")) && names.contains(&json!("Data Fetch")),
        "{names:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_breaks_off_is_told() -> Result<()> {
    let stack = Emulated::start().await?;
    let says = Says::Configuration(json!({ "Environment": { "Variables": stack.variables } }));
    let mut place = Place::new()?;
    place.site = stack.place.site.clone();
    place.environment = stack.place.environment.clone();
    place.environment.push(("AWS_ENDPOINT_URL_LAMBDA".to_owned(), serve(says, None).await?));
    let broken = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(
        broken.stderr.starts_with(
            "error: function north-control: it broke off (Unhandled): RequestId: 1 Error: Runtime exited"
        ),
        "{broken:?}"
    );
    Ok(())
}
