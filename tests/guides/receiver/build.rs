//! Takes the code from the guide.

#[path = "../extract.rs"]
mod extract;

fn main() {
    extract::extract("adding-a-receiver.md", "");
}
