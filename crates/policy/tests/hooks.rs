//! What a policy is told, what it may answer, and what happens when it is wrong.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use acd::Leave;
use policy::{AgentFacts, BanChange, CallChange, CallFacts, Hook, MissFacts, Policy, PolicyError};
use script::{Limits, ScriptError};

const LIMITS: Limits = Limits {
    memory_bytes: 8 << 20,
    stack_bytes: 256 << 10,
    callback_ms: 200,
};

fn policy(source: &str) -> Policy {
    Policy::load("policy.js", source, LIMITS).unwrap()
}

fn call(number: &str) -> CallFacts {
    CallFacts {
        caller_number: number.to_owned(),
        dialed_number: "100".to_owned(),
        queues: vec!["support".to_owned(), "vip".to_owned()],
        ..CallFacts::default()
    }
}

fn agent(name: &str, answered: u64) -> AgentFacts {
    AgentFacts {
        agent: name.to_owned(),
        answered,
        ..AgentFacts::default()
    }
}

#[test]
fn a_call_is_changed_as_the_hook_says_and_no_further() {
    let policy = policy(
        "const vip = ['79001112233'];\n\
         function onCall(call) {\n\
           if (vip.includes(call.caller_number)) return { queue: 'vip', priority: 5 };\n\
           if (call.caller_number.startsWith('7')) return { language: 'ru', skills: ['russian:2'] };\n\
         }",
    );
    assert_eq!(policy.hooks(), [Hook::OnCall]);
    let vip = policy.on_call(&call("79001112233")).unwrap();
    assert_eq!(
        (vip.queue.as_deref(), vip.priority, vip.skills),
        (Some("vip"), Some(5), None)
    );
    let russian = policy.on_call(&call("79990000000")).unwrap();
    assert_eq!(russian.language.as_deref(), Some("ru"));
    assert_eq!(russian.skills, Some(vec!["russian:2".to_owned()]));
    assert_eq!(
        policy.on_call(&call("1555")).unwrap(),
        CallChange::default()
    );
}

#[test]
fn agents_are_ranked_in_one_turn_in_thousandths() {
    let policy = policy(
        "const rank = (agent, call) => { return agent.answered / 3 - (agent.agent === 'boris' ? 1 : 0); }",
    );
    let agents = [agent("anna", 1), agent("boris", 2), agent("vera", 0)];
    assert_eq!(policy.rank(&agents, &call("1")).unwrap(), [333, -333, 0]);
    assert_eq!(empty_policy().rank(&agents, &call("1")).unwrap(), [0, 0, 0]);
}

fn empty_policy() -> Policy {
    policy("var nothing;")
}

#[test]
fn a_miss_is_banned_for_minutes_or_forgiven() {
    let policy = policy(
        "function onMiss(agent, miss) {\n\
           if (agent.miss_streak > 2) return 15;\n\
           if (miss.rang_ms < 5000) return 0;\n\
         }",
    );
    let streak = |miss_streak| AgentFacts {
        miss_streak,
        ..agent("anna", 0)
    };
    let miss = |rang_ms| MissFacts {
        queue: "support".to_owned(),
        rang_ms,
    };
    assert_eq!(
        policy.on_miss(&streak(3), &miss(20_000)).unwrap(),
        BanChange::For { ban_ms: 900_000 }
    );
    assert_eq!(
        policy.on_miss(&streak(1), &miss(3_000)).unwrap(),
        BanChange::None
    );
    assert_eq!(
        policy.on_miss(&streak(1), &miss(20_000)).unwrap(),
        BanChange::AsUsual
    );
}

#[test]
fn who_waits_is_sent_on_or_let_go() {
    let policy = policy(
        "const waitSteps = [120, 60];\n\
         function onWait(call) {\n\
           if (call.waited_s >= 120) return { hang_up: true };\n\
           return { queue: 'vip', priority: 3 };\n\
         }",
    );
    assert_eq!(policy.wait_steps_s(), [60, 120]);
    let waited = |waited_s| {
        policy
            .on_wait(&CallFacts {
                waited_s,
                ..call("1")
            })
            .unwrap()
    };
    let change = waited(60);
    assert_eq!(
        change.leave,
        Leave::Queue {
            queue: "vip".into()
        }
    );
    assert_eq!(change.priority, Some(3));
    assert_eq!(waited(120).leave, Leave::HangUp);
}

#[test]
fn a_wrong_answer_names_its_hook_and_field() {
    let answers = [
        (
            "{ queue: 'sales' }",
            "`queue`: no queue `sales`; there is support, vip",
        ),
        ("{ colour: 1 }", "`colour`: no such field"),
        ("{ priority: 1.5 }", "`priority`: expected a whole number"),
        ("{ skills: 'russian' }", "`skills`: expected at most"),
        ("7", "expected an object"),
        ("(function() {})", "expected plain data"),
    ];
    for (answer, expected) in answers {
        let policy = policy(&format!("function onCall() {{ return {answer}; }}"));
        let error = policy.on_call(&call("1")).unwrap_err().to_string();
        assert!(
            error.starts_with("onCall returned a wrong answer"),
            "{error}"
        );
        assert!(error.contains(expected), "{error}");
    }
    let rank = policy("function rank() { return 'best'; }");
    assert!(rank.rank(&[agent("anna", 0)], &call("1")).is_err());
    let miss = policy("function onMiss() { return -1; }");
    assert!(
        miss.on_miss(&agent("anna", 0), &MissFacts::default())
            .is_err()
    );
    let wait = policy("function onWait() { return { queue: 'vip', hang_up: true }; }");
    assert!(wait.on_wait(&call("1")).is_err());
    let wait = policy("function onWait() { return { reserves: 1 }; }");
    let error = wait.on_wait(&call("1")).unwrap_err().to_string();
    assert!(
        error.contains("`reserves`: expected true or false"),
        "{error}"
    );
}

#[test]
fn a_policy_that_fails_hurts_nobody_else() {
    let throws = policy("function onCall() { throw new Error('oh'); }");
    let error = throws.on_call(&call("1")).unwrap_err();
    assert!(
        matches!(&error, PolicyError::Script { place: "onCall", error: ScriptError::Thrown(text) } if text.contains("oh"))
    );
    let endless = policy("function onCall() { for (;;); }");
    let error = endless.on_call(&call("1")).unwrap_err();
    assert!(matches!(
        error,
        PolicyError::Script {
            error: ScriptError::Deadline { .. },
            ..
        }
    ));
    let hungry =
        policy("function onCall() { var all = []; for (;;) all.push(new Array(100000).fill(1)); }");
    assert!(hungry.on_call(&call("1")).is_err());
    assert!(matches!(
        Policy::load("p.js", "function (", LIMITS),
        Err(PolicyError::Syntax(_))
    ));
    assert!(Policy::load("p.js", "nothing.at.all", LIMITS).is_err());
    assert!(matches!(
        Policy::load("p.js", "var waitSteps = ['soon'];", LIMITS),
        Err(PolicyError::Steps)
    ));
    assert!(Policy::load("p.js", "fetch('http://localhost')", LIMITS).is_err());
}

#[test]
fn a_policy_may_remember_and_log() {
    let policy = policy(
        "var seen = 0;\n\
         function onCall(call) { seen++; log('call ' + seen + ' of ' + call.caller_number); }",
    );
    policy.on_call(&call("1")).unwrap();
    policy.on_call(&call("2")).unwrap();
    assert_eq!(policy.take_lines(), ["call 1 of 1", "call 2 of 2"]);
    assert!(policy.take_lines().is_empty());
}

#[test]
fn every_hook_is_found_however_it_is_defined() {
    let policy = policy(
        "function onCall() {}\nconst rank = () => 1;\nlet onMiss = function () {};\nvar onWait = async () => {};",
    );
    assert_eq!(policy.hooks(), Hook::ALL);
}

#[test]
fn a_caller_who_waits_may_be_asked_whether_to_be_called_back() {
    let asked = |answer: &str| {
        let wait = policy(&format!("function onWait() {{ return {answer}; }}"));
        wait.on_wait(&call("1")).map(|change| change.leave)
    };
    assert_eq!(asked("{ callback: true }").unwrap(), Leave::Callback);
    assert_eq!(asked("{ callback: false }").unwrap(), Leave::Stay);
    assert!(asked("{ callback: true, hang_up: true }").is_err());
}

#[test]
fn a_caller_who_waits_may_be_sent_to_the_reserves() {
    let asked = |answer: &str| {
        let policy = policy(&format!("function onWait() {{ return {answer}; }}"));
        policy.on_wait(&call("1")).unwrap().leave
    };
    let otherwise = |leave| Leave::Reserves {
        otherwise: Box::new(leave),
    };
    assert_eq!(asked("{ reserves: true }"), otherwise(Leave::Stay));
    assert_eq!(asked("{ reserves: false }"), Leave::Stay);
    assert_eq!(
        asked("{ reserves: true, hang_up: true }"),
        otherwise(Leave::HangUp)
    );
    let vip = Leave::Queue {
        queue: "vip".into(),
    };
    assert_eq!(asked("{ reserves: true, queue: 'vip' }"), otherwise(vip));
}
