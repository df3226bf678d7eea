//! Inputs a second of the routing core: `cargo bench -p acd`. With agents, callers who
//! wait and inputs as arguments only that is measured, for a profiler:
//! `cargo bench -p acd -- 100 500 200000`.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

mod load;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MEASURED: usize = 2_000_000;

fn main() {
    // Cargo adds arguments of its own.
    let asked: Vec<usize> = std::env::args()
        .filter_map(|one| one.parse().ok())
        .collect();
    let (sizes, inputs) = match asked.as_slice() {
        [agents, waiting, inputs] => (vec![(*agents, *waiting)], *inputs),
        _ => (load::SIZES.to_vec(), MEASURED),
    };
    let mut smallest_ns = None;
    for (agents, waiting) in sizes {
        let figures = load::measure(agents, waiting, inputs);
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
