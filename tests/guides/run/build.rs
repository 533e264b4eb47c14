//! Takes the simulators from both guides.

#[path = "../extract.rs"]
mod extract;

fn main() -> std::io::Result<()> {
    extract::extract("adding-a-source.md", "source")?;
    extract::extract("adding-a-receiver.md", "receiver")
}
