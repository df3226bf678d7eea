//! What many sandboxes take from the machine.
#![allow(missing_docs, clippy::unwrap_used)]

use script::{Limits, Sandbox, compile};

const SANDBOXES: usize = 400;
/// Between what a sandbox takes with pages of QuickJS's own for small blocks and without, KiB.
/// Without is what `.cargo/config.toml` asks for.
const EACH_KIB_MAX: usize = 140;

/// Resident memory of this process, KiB (proc(5), `VmRSS`).
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn small_blocks_of_all_sandboxes_share_pages() {
    let limits = Limits {
        memory_bytes: 8 << 20,
        stack_bytes: 256 << 10,
        callback_ms: 1_000,
    };
    let code = compile(
        "own.js",
        "var own = { name: 'x', list: [1, 2, 3], f() {} };",
    )
    .unwrap();
    let start = || {
        let sandbox = Sandbox::new(limits).unwrap();
        sandbox.run(&code).unwrap();
        sandbox
    };
    let first = start();
    let before_kib = resident_kib();
    let all: Vec<Sandbox> = (0..SANDBOXES).map(|_| start()).collect();
    let each_kib = (resident_kib() - before_kib) / SANDBOXES;
    println!("{each_kib} KiB each");
    drop((first, all));
    assert!(
        each_kib <= EACH_KIB_MAX,
        "{each_kib} KiB each: was QuickJS built without the CFLAGS of .cargo/config.toml?"
    );
}
