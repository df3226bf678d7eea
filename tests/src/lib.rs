//! Cordboard tests.
