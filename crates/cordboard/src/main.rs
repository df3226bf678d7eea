//! The Cordboard binary.
fn main() {}
