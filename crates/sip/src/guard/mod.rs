//! What every datagram passes before the library sees it.

pub(crate) mod arrivals;
pub(crate) mod bucket;
mod refusal;
pub(crate) mod socket;
pub(crate) mod verdict;

#[cfg(test)]
mod verdict_tests;
