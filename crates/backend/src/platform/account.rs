//! An installation is one account, as the cloud's clients want one.

/// `account_id`.
pub const ID: u64 = 1;
/// `account_name`.
pub const NAME: &str = "cordboard";
/// `account_email`; the domain is reserved (RFC 2606) and reaches nobody.
pub const EMAIL: &str = "account@cordboard.invalid";
