//! The whole system, one behaviour a file. See `cordboard_tests` for the parts.

mod phones_hear_each_other;
