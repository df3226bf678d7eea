//! `cordboard policy`.

use policy::{AgentFacts, BanChange, CallChange, CallFacts, MissFacts, Policy, WaitChange};
use serde::Deserialize;
use std::path::Path;

/// As a backend runs it, with time enough for a slow machine.
pub(crate) const LIMITS: script::Limits = script::Limits {
    memory_bytes: 64 << 20,
    stack_bytes: 512 << 10,
    callback_ms: 1_000,
};

/// Loads a script.
///
/// # Errors
/// That it cannot be read or used, with file and line.
pub(crate) fn load(file: &Path) -> Result<Policy, String> {
    let name = file.display().to_string();
    let source = std::fs::read_to_string(file)
        .map_err(|error| format!("{name}: cannot be read: {error}"))?;
    Policy::load(&name, &source, LIMITS).map_err(|error| error.to_string())
}

/// Says which hooks a script has.
///
/// # Errors
/// As for [`load`], and that it has none.
pub(crate) fn check(file: &Path) -> Result<(), String> {
    let policy = load(file)?;
    let names: Vec<&str> = policy.hooks().iter().map(|hook| hook.name()).collect();
    if names.is_empty() {
        return Err(format!(
            "{}: none of onCall, rank, onMiss, onWait is a function there",
            file.display()
        ));
    }
    println!("{}: {}", file.display(), names.join(", "));
    Ok(())
}

/// The file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

/// A question and the answer that is expected.
#[derive(Deserialize)]
#[serde(tag = "hook", deny_unknown_fields)]
enum Case {
    #[serde(rename = "onCall")]
    OnCall {
        call: CallFacts,
        #[serde(default)]
        expect: ExpectedCall,
    },
    #[serde(rename = "rank")]
    Rank {
        call: CallFacts,
        agents: Vec<AgentFacts>,
        /// Names, best first.
        expect: Vec<String>,
    },
    #[serde(rename = "onMiss")]
    OnMiss {
        agent: AgentFacts,
        #[serde(default)]
        miss: MissFacts,
        /// Minutes; absent is the built-in rule.
        expect: Option<f64>,
    },
    #[serde(rename = "onWait")]
    OnWait {
        call: CallFacts,
        #[serde(default)]
        expect: ExpectedWait,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ExpectedCall {
    queue: Option<String>,
    priority: Option<i32>,
    skills: Option<Vec<String>>,
    language: Option<String>,
    custom_data: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ExpectedWait {
    queue: Option<String>,
    hang_up: bool,
    callback: bool,
    reserves: bool,
    priority: Option<i32>,
}

/// Asks every case of a script.
///
/// # Errors
/// What cannot be read, or how many answers were not as expected.
pub(crate) fn test(file: &Path, cases: &Path) -> Result<(), String> {
    let policy = load(file)?;
    let name = cases.display();
    let text = std::fs::read_to_string(cases)
        .map_err(|error| format!("{name}: cannot be read: {error}"))?;
    let cases: Cases = toml::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
    let mut failed = 0;
    for (number, case) in (1..).zip(&cases.case) {
        let result = ask(&policy, case);
        for line in policy.take_lines() {
            println!("case {number}: log: {line}");
        }
        if let Err(difference) = result {
            println!("case {number}: {difference}");
            failed += 1;
        }
    }
    if failed > 0 {
        return Err(format!(
            "{failed} of {} case(s): not as expected",
            cases.case.len()
        ));
    }
    println!("{} case(s): as expected.", cases.case.len());
    Ok(())
}

fn ask(policy: &Policy, case: &Case) -> Result<(), String> {
    match case {
        Case::OnCall { call, expect } => {
            let expected = CallChange {
                queue: expect.queue.clone(),
                priority: expect.priority,
                skills: expect.skills.clone(),
                language: expect.language.clone(),
                custom_data: expect.custom_data.clone(),
            };
            same(policy.on_call(call), &expected)
        }
        Case::Rank {
            call,
            agents,
            expect,
        } => {
            let ranks = policy
                .rank(agents, call)
                .map_err(|error| error.to_string())?;
            let mut order: Vec<(i64, &str)> = ranks
                .into_iter()
                .zip(agents)
                .map(|(rank, agent)| (-rank, agent.agent.as_str()))
                .collect();
            order.sort_by_key(|(rank, _)| *rank);
            let order: Vec<String> = order.into_iter().map(|(_, name)| name.to_owned()).collect();
            same(Ok(order), expect)
        }
        Case::OnMiss {
            agent,
            miss,
            expect,
        } => {
            let found = policy.on_miss(agent, miss).map(|change| match change {
                BanChange::AsUsual => None,
                BanChange::None => Some(0.0),
                #[allow(clippy::cast_precision_loss)] // At most a week.
                BanChange::For { ban_ms } => Some(ban_ms as f64 / 60_000.0),
            });
            same(found, expect)
        }
        Case::OnWait { call, expect } => {
            let leave = match (&expect.queue, expect.hang_up, expect.callback) {
                (Some(queue), false, false) => acd::Leave::Queue {
                    queue: queue.as_str().into(),
                },
                (None, true, false) => acd::Leave::HangUp,
                (None, false, true) => acd::Leave::Callback,
                (None, false, false) => acd::Leave::Stay,
                (Some(_), true, _) | (Some(_), _, true) | (None, true, true) => {
                    return Err("`expect`: only one of queue, hang_up and callback".to_owned());
                }
            };
            let leave = match expect.reserves {
                true => acd::Leave::Reserves {
                    otherwise: Box::new(leave),
                },
                false => leave,
            };
            let expected = WaitChange {
                leave,
                priority: expect.priority,
            };
            same(policy.on_wait(call), &expected)
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(
    found: Result<T, policy::PolicyError>,
    expected: &T,
) -> Result<(), String> {
    let found = found.map_err(|error| error.to_string())?;
    if found == *expected {
        return Ok(());
    }
    Err(format!("expected {expected:?}, found {found:?}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    const SCRIPT: &str = "const waitSteps = [60];\n\
        function onCall(call) { if (call.caller_number === '1') return { priority: 9 }; }\n\
        function rank(agent) { return (agent.skills.law || 0) - agent.missed; }\n\
        function onMiss(agent) { return agent.skills.law ? 0 : agent.miss_streak * 5; }\n\
        function onWait(call) { return call.waited_s < 120 ? { callback: true } : { hang_up: true }; }\n";

    /// Whether a case is as the script says.
    fn holds(case: &str) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let [script, cases] = ["policy.js", "cases.toml"].map(|name| folder.path().join(name));
        std::fs::write(&script, SCRIPT).unwrap();
        std::fs::write(&cases, format!("[[case]]\n{case}\n")).unwrap();
        test(&script, &cases)
    }

    /// Each hook with what it says, and with something else.
    #[test]
    fn a_case_of_each_hook_holds_and_a_wrong_one_does_not() {
        let call = "call = { caller_number = '1', waited_s = 60 }";
        let agents =
            "agents = [{ agent = 'anna', missed = 1 }, { agent = 'boris', skills = { law = 2 } }]";
        let agent = "agent = { agent = 'anna', miss_streak = 2 }";
        let lawyer = "agent = { agent = 'anna', miss_streak = 2, skills = { law = 1 } }";
        for (hook, facts, right, wrong) in [
            ("onCall", call, "{ priority = 9 }", "{ priority = 8 }"),
            (
                "onCall",
                "call = { caller_number = '2' }",
                "{}",
                "{ priority = 9 }",
            ),
            ("rank", agents, "['boris', 'anna']", "['anna', 'boris']"),
            ("onMiss", agent, "10.0", "5.0"),
            ("onMiss", lawyer, "0.0", "10.0"),
            ("onWait", call, "{ callback = true }", "{ hang_up = true }"),
            (
                "onWait",
                "call = { caller_number = '1', waited_s = 120 }",
                "{ hang_up = true }",
                "{ callback = true }",
            ),
        ] {
            let case = |expect: &str| {
                let more = if hook == "rank" { call } else { "" };
                format!("hook = \"{hook}\"\n{facts}\n{more}\nexpect = {expect}")
            };
            assert_eq!(holds(&case(right)), Ok(()), "{hook} {right}");
            let problem = holds(&case(wrong)).unwrap_err();
            assert_eq!(problem, "1 of 1 case(s): not as expected", "{hook} {wrong}");
        }
    }

    #[test]
    fn a_case_that_cannot_be_read_is_told() {
        let problem = holds("hook = \"onCall\"\ncall = { colour = 1 }").unwrap_err();
        assert!(problem.contains("colour"), "{problem}");
    }
}
