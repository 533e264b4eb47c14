//! Takes the code from the guide.

#[path = "../extract.rs"]
mod extract;

fn main() -> std::io::Result<()> {
    extract::extract("adding-a-source.md", "")
}
