//! Creates the folders that are embedded, so that the crate builds before the
//! page has been built.

use std::path::Path;

fn main() {
    for folder in ["../../web/dist", "../../scenarios/sounds"] {
        if !Path::new(folder).exists()
            && let Err(error) = std::fs::create_dir_all(folder)
        {
            println!("cargo::error=cannot create {folder}: {error}");
        }
        println!("cargo::rerun-if-changed={folder}");
    }
}
