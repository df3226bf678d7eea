//! The same tests on both kinds of database.

/// Makes each `async fn(DatabaseKind)` a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            use store::DatabaseKind::Sqlite;
            $(#[tokio::test] async fn $name() { super::$name(Sqlite).await; })*
        }
        mod on_postgres {
            use store::DatabaseKind::Postgres;
            $(#[tokio::test] async fn $name() { super::$name(Postgres).await; })*
        }
    };
}

pub(crate) use on_both;
