//! Empty databases of both kinds.

use temporary_postgres::Postgres;

/// An empty database.
pub(crate) struct Database {
    /// What the store opens.
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    /// A SQLite file.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("cordboard.db");
        Self {
            url: url.to_str().unwrap().to_owned(),
            _folder: Some(folder),
        }
    }

    /// A database of the shared PostgreSQL server.
    pub(crate) fn postgres() -> Self {
        Self {
            url: Postgres::shared().database().unwrap(),
            _folder: None,
        }
    }
}

/// Makes each `async fn(Database)` a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::Database::sqlite()).await; })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $name() { super::$name(super::Database::postgres()).await; })*
        }
    };
}

pub(crate) use on_both;
