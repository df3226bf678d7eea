//! What the parts of an installation prove themselves with. Made at the first
//! start and kept in the database, unless the configuration has them.

use crate::command::Files;
use crate::config::Config;
use crate::user;
use std::path::Path;
use store::Store;

/// Setting of the token of scenarios.
const SCENARIO: &str = "scenario_token";
/// Setting of the token between the halves.
const ENGINE: &str = "engine_token";
/// Setting of what signs the URLs of logs and recordings.
const LINKS: &str = "link_secret";

/// The secrets of an installation. No `Debug`: they must not reach a log.
#[derive(Default)]
pub(crate) struct Tokens {
    /// With which scenarios speak to the backend.
    pub(crate) scenario: String,
    /// With which engine and backend speak to each other.
    pub(crate) engine: String,
    /// Signs the URLs of logs and recordings.
    pub(crate) links: String,
}

impl Tokens {
    /// Reads them, and makes those that are missing.
    pub(crate) async fn of(config: &Config, store: &Store, data: &Path) -> Result<Self, String> {
        let scenario = one(store, SCENARIO, &config.http.scenario_token).await?;
        // URLs of an engine that ran before it had a secret of its own were signed
        // with the scenario token: they go on opening.
        let links = if data.join("session-logs").is_dir() {
            scenario.clone()
        } else {
            backend::token::generate()
        };
        let links = store.set_setting_once(LINKS, &links).await;
        Ok(Self {
            engine: one(store, ENGINE, &config.http.engine_token).await?,
            links: links.map_err(|error| error.to_string())?,
            scenario,
        })
    }
}

/// The configured value, else the kept one, else a new one.
async fn one(store: &Store, name: &str, configured: &str) -> Result<String, String> {
    if !configured.is_empty() {
        return Ok(configured.to_owned());
    }
    let fresh = backend::token::generate();
    let kept = store.set_setting_once(name, &fresh).await;
    kept.map_err(|error| error.to_string())
}

/// `cordboard engine-token`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn print(files: &Files) -> Result<(), String> {
    let config = user::load(files)?;
    let store = user::open(&files.data, &config).await?;
    let token = one(&store, ENGINE, &config.http.engine_token).await;
    store.close().await;
    println!("{}", token?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn tokens(data: &Path) -> Tokens {
        let config = crate::config::load(None, []).unwrap();
        let store = user::open(data, &config).await.unwrap();
        let tokens = Tokens::of(&config, &store, data).await.unwrap();
        store.close().await;
        tokens
    }

    #[tokio::test]
    async fn each_is_its_own_and_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let first = tokens(folder.path()).await;
        assert_ne!(first.scenario, first.engine);
        assert_ne!(first.scenario, first.links);
        // The logs are there by the second start.
        std::fs::create_dir(folder.path().join("session-logs")).unwrap();
        let second = tokens(folder.path()).await;
        assert_eq!(first.scenario, second.scenario);
        assert_eq!(first.engine, second.engine);
        assert_eq!(first.links, second.links);
    }

    #[tokio::test]
    async fn links_of_a_folder_from_before_still_open_but_engines_get_a_new_token() {
        let folder = tempfile::tempdir().unwrap();
        let config = crate::config::load(None, []).unwrap();
        let store = user::open(folder.path(), &config).await.unwrap();
        store.set_setting_once(SCENARIO, "old").await.unwrap();
        store.close().await;
        std::fs::create_dir(folder.path().join("session-logs")).unwrap();
        let tokens = tokens(folder.path()).await;
        assert_eq!(
            (tokens.scenario.as_str(), tokens.links.as_str()),
            ("old", "old")
        );
        assert_ne!(tokens.engine, "old");
    }
}
