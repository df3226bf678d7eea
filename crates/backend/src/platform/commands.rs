//! The one table of commands, each behind the same check of credentials.

use super::account;
use super::catalogue::{Catalogue, date};
use super::failure::Failure;
use super::parameters::Parameters;
use super::{Platform, call_lists, credentials};
use crate::clock;
use serde_json::{Value, json};
use std::sync::Arc;

type Change = fn(&mut Catalogue, &Parameters, u64) -> Result<Value, Failure>;
type Look = fn(&Catalogue, &Parameters) -> Result<Value, Failure>;

/// Commands that change what engines serve.
const CHANGES: [(&str, Change); 18] = [
    ("AddApplication", Catalogue::add_application),
    ("SetApplicationInfo", Catalogue::set_application),
    ("DelApplication", |catalogue, sent, _| {
        catalogue.del_application(sent)
    }),
    ("AddScenario", Catalogue::add_scenario),
    ("SetScenarioInfo", Catalogue::set_scenario),
    ("DelScenario", Catalogue::del_scenario),
    ("BindScenario", Catalogue::bind_scenario),
    ("ReorderScenarios", Catalogue::reorder_scenarios),
    ("AddRule", Catalogue::add_rule),
    ("SetRuleInfo", Catalogue::set_rule),
    ("DelRule", |catalogue, sent, _| catalogue.del_rule(sent)),
    ("ReorderRules", Catalogue::reorder_rules),
    ("AddSecret", Catalogue::add_secret),
    ("SetSecretInfo", Catalogue::set_secret),
    ("DelSecret", |catalogue, sent, _| catalogue.del_secret(sent)),
    // Names that hand-written code uses for the same.
    ("SetScenario", Catalogue::set_scenario),
    ("SetRule", Catalogue::set_rule),
    ("SetApplication", Catalogue::set_application),
];

/// Commands that only look.
const LOOKS: [(&str, Look); 5] = [
    ("GetApplications", Catalogue::get_applications),
    ("GetScenarios", Catalogue::get_scenarios),
    ("GetRules", Catalogue::get_rules),
    ("GetSecrets", Catalogue::get_secrets),
    ("GetSecretValue", Catalogue::get_secret_value),
];

/// What a command answers.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(Value),
    /// A file of its own.
    File(Vec<u8>),
}

/// Does one command. `bearer` is the token of the `Authorization` header.
pub(crate) async fn answer(
    platform: &Arc<Platform>,
    command: &str,
    sent: &Parameters,
    bearer: Option<&str>,
) -> Result<Answer, Failure> {
    platform.admit()?;
    let keys = platform.store.service_keys().await?;
    let now_s = i64::try_from(clock::now_ms() / 1_000).unwrap_or(i64::MAX);
    credentials::check(&keys, bearer, sent, now_s)?;
    if let Some((_, change)) = CHANGES.iter().find(|(name, _)| *name == command) {
        let change = |catalogue: &mut Catalogue, now_ms| change(catalogue, sent, now_ms);
        return platform.change_and_publish(change).await.map(Answer::Json);
    }
    if let Some((_, look)) = LOOKS.iter().find(|(name, _)| *name == command) {
        return look(&*platform.catalogue.lock().await, sent).map(Answer::Json);
    }
    if let Some(done) = call_lists::answer(platform, command, sent).await {
        return done;
    }
    act(platform, command, sent).await.map(Answer::Json)
}

async fn act(platform: &Arc<Platform>, command: &str, sent: &Parameters) -> Result<Value, Failure> {
    match command {
        "StartScenarios" => platform.start_scenarios(sent).await,
        "StartConference" => platform.start_conference(sent).await,
        "GetAccountInfo" => Ok(account_info()),
        "GetCallHistory" => platform.get_call_history(sent).await,
        "AddUser" => platform.add_user(sent).await,
        "SetUserInfo" => platform.set_user(sent).await,
        "DelUser" => platform.del_user(sent).await,
        "GetUsers" => platform.get_users(sent).await,
        "SetKeyValueItem" => platform.set_item(sent).await,
        "GetKeyValueItem" => platform.get_item(sent).await,
        "GetKeyValueItems" => platform.get_items(sent).await,
        "GetKeyValueKeys" => platform.get_keys(sent).await,
        "DelKeyValueItem" => platform.del_item(sent).await,
        other => Err(Failure::unknown_command(other)),
    }
}

fn account_info() -> Value {
    json!({
        "result": {
            "account_id": account::ID, "account_name": account::NAME,
            "account_email": account::EMAIL, "active": true, "frozen": false,
            "balance": 0, "live_balance": 0, "currency": "USD", "created": date(0),
            "language_code": "en", "location": "UTC",
        },
    })
}
