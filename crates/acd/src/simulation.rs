//! Random days under a checker.

/// A defect put in on purpose, to see that the checker finds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mutation {
    /// The cancel of a caller who left is not sent.
    DropCancel,
}
