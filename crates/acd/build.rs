//! Fingerprint of the sources: a snapshot of the state is taken as it is only
//! by the very program that wrote it.

use std::path::{Path, PathBuf};

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

fn main() {
    println!("cargo::rerun-if-changed=src");
    let mut files = Vec::new();
    if let Err(error) = list(Path::new("src"), &mut files) {
        println!("cargo::error=cannot list the sources: {error}");
        return;
    }
    files.sort();
    let mut hash = OFFSET_BASIS;
    for file in files {
        match std::fs::read(&file) {
            Ok(text) => {
                let name = file.to_string_lossy().into_owned().into_bytes();
                for byte in name.into_iter().chain(text) {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
                }
            }
            Err(error) => println!("cargo::error=cannot read {}: {error}", file.display()),
        }
    }
    println!("cargo::rustc-env=ACD_SOURCES={hash:016x}");
}

/// The source files, without those of the simulation: they change no state.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            files.push(path);
        } else if !path.ends_with("simulation") {
            list(&path, files)?;
        }
    }
    Ok(())
}
