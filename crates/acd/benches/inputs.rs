//! Inputs a second of the routing core: `cargo bench -p acd`.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

mod load;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MEASURED: usize = 2_000_000;

fn main() {
    let mut smallest_ns = None;
    for (agents, waiting) in load::SIZES {
        let figures = load::measure(agents, waiting, MEASURED);
        let growth = figures.median_ns / *smallest_ns.get_or_insert(figures.median_ns);
        println!(
            "{agents} agents, {waiting} waiting: {:.0} inputs/s by the median batch ({:.0} ns, {growth:.1} times \
             the smallest), {:.0} by the mean; from an input to its offer p50 {:.1}, p99 {:.1} us",
            1e9 / figures.median_ns,
            figures.median_ns,
            1e9 / figures.mean_ns,
            figures.decision_us[0],
            figures.decision_us[1],
        );
    }
}
