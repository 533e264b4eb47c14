//! Prints the API's description: `make openapi` writes it to `docs/openapi.json`.
#![expect(clippy::print_stdout, reason = "a tool on the command line")]

fn main() -> Result<(), serde_json::Error> {
    println!("{}", serde_json::to_string_pretty(&causeway_control::document())?);
    Ok(())
}
