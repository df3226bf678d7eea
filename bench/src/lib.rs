//! Cordboard bench.
