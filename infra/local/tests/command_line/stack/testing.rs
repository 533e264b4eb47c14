//! `connection test` is made by the control function: its real routes are asked with the command line's event.

use super::done;
use super::emulated::Emulated;
use super::lambda::{Says, serve};
use crate::process::{Place, Result};
use crate::running::SMALL;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checks_are_made_from_where_the_functions_run() -> Result<()> {
    let outside = Place::new()?;
    let vendor = outside.simulate(&SMALL)?;
    let mut stack = Emulated::start().await?;
    let says = Says::Configuration(json!({ "Environment": { "Variables": stack.variables } }));
    let lambda = serve(says, Some(stack.control())).await?;
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
    done(&place.call(&["connection", "apply", "plant.toml"])?);
    let early = place.call(&["connection", "test", "plant-north"])?;
    assert_eq!(early.code, 5, "without the token: {early:?}");
    assert!(early.stdout.contains("causeway secret set"), "{early:?}");
    done(&place.pipe(vendor.text("token"), &["secret", "set", "xdome-token"])?);
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
            "error: function north-control: it failed (Unhandled): RequestId: 1 Error: Runtime exited"
        ),
        "{broken:?}"
    );
    Ok(())
}
