//! One loaded policy.

use crate::answer::{
    BanChange, CallChange, WaitChange, ban_change, call_change, ranks, wait_change,
};
use crate::{AgentFacts, CallFacts, MissFacts};
use script::js::{Ctx, FromJs, Function};
use script::{Bytecode, Limits, Sandbox, ScriptError, compile};
use serde::Serialize;
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;

/// Moments of a wait that a policy may ask to be told of.
pub const STEPS_MAX: usize = 16;
/// Lines that one hook may log.
const LINES_MAX: usize = 32;
/// Longest line, characters.
const LINE_CHARS_MAX: usize = 500;
/// The latest step, seconds: a day.
const STEP_MAX_S: f64 = 86_400.0;

/// Calls a hook by name with arguments as JSON and answers as JSON. A hook of
/// one argument list, or of a list of them (`rank`).
const CALLER: &str = "(function(name, text) {\
  var args = JSON.parse(text);\
  var hook = (0, eval)(name);\
  var answer = name === 'rank'\
    ? args[0].map(function(agent) { return hook(agent, args[1]); })\
    : hook.apply(undefined, args);\
  return answer === undefined ? 'null' : JSON.stringify(answer);\
})";
/// Tells which hooks are functions, and the steps of waiting.
const READER: &str = "JSON.stringify({\
  hooks: ['onCall', 'rank', 'onMiss', 'onWait'].filter(function(name) { return (0, eval)('typeof ' + name) === 'function'; }),\
  steps: typeof waitSteps === 'undefined' ? [] : waitSteps\
})";

/// A function that a policy may define.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Hook {
    /// `onCall(call)`.
    #[serde(rename = "onCall")]
    OnCall,
    /// `rank(agent, call)`.
    #[serde(rename = "rank")]
    Rank,
    /// `onMiss(agent, miss)`.
    #[serde(rename = "onMiss")]
    OnMiss,
    /// `onWait(call)`.
    #[serde(rename = "onWait")]
    OnWait,
}

impl Hook {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OnCall, Self::Rank, Self::OnMiss, Self::OnWait];

    /// The function's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnCall => "onCall",
            Self::Rank => "rank",
            Self::OnMiss => "onMiss",
            Self::OnWait => "onWait",
        }
    }
}

/// Why a policy cannot be used, or a hook gave nothing to go by. Its author can
/// fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no script.
    #[error("{0}")]
    Syntax(String),
    /// It threw, or broke a limit, while it was loaded or in a hook.
    #[error("{place}: {error}")]
    Script {
        /// The hook, or `policy`.
        place: &'static str,
        /// What happened.
        error: ScriptError,
    },
    /// It returned something else than it should.
    #[error("{place} returned a wrong answer: {why}")]
    Answer {
        /// The hook.
        place: &'static str,
        /// Field and expectation.
        why: String,
    },
    /// `waitSteps` is no list of seconds.
    #[error("waitSteps: expected at most {STEPS_MAX} numbers of seconds, 1 to 86400")]
    Steps,
}

/// A policy, loaded and ready. It stays on its thread.
pub struct Policy {
    sandbox: Sandbox,
    caller: Bytecode,
    hooks: Vec<Hook>,
    wait_steps_s: Vec<u64>,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Policy {
    /// Loads a script. `name` stands in its errors.
    ///
    /// # Errors
    /// Syntax, what the script threw while it was loaded, or wrong `waitSteps`.
    pub fn load(name: &str, source: &str, limits: Limits) -> Result<Self, PolicyError> {
        let compiled = |name: &str, source: &str| {
            compile(name, source).map_err(|error| PolicyError::Syntax(error.to_string()))
        };
        let failed = |error| PolicyError::Script {
            place: "policy",
            error,
        };
        let program = compiled(name, source)?;
        let sandbox = Sandbox::new(limits).map_err(failed)?;
        let lines = Rc::new(RefCell::new(Vec::new()));
        let kept = Rc::clone(&lines);
        sandbox
            .enter(|ctx| ctx.globals().set("log", log_function(ctx, kept)?))
            .map_err(failed)?;
        sandbox.run(&program).map_err(failed)?;
        let about = sandbox
            .run_with(&compiled("reader", READER)?, |ctx, value| {
                String::from_js(ctx, value)
            })
            .map_err(failed)?;
        let (hooks, wait_steps_s) = read_about(&about)?;
        Ok(Self {
            caller: compiled("caller", CALLER)?,
            sandbox,
            hooks,
            wait_steps_s,
            lines,
        })
    }

    /// Which hooks it defines.
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// After how much waiting `onWait` is asked, seconds, ascending.
    pub fn wait_steps_s(&self) -> &[u64] {
        &self.wait_steps_s
    }

    /// Lines that hooks wrote with `log`; asking forgets them.
    pub fn take_lines(&self) -> Vec<String> {
        self.lines.take()
    }

    /// What to change of a call that comes; nothing without the hook.
    ///
    /// # Errors
    /// The hook threw, broke a limit or answered wrongly.
    pub fn on_call(&self, call: &CallFacts) -> Result<CallChange, PolicyError> {
        let answer = self.ask(Hook::OnCall, &(call,))?;
        call_change(&answer, &call.queues).map_err(|why| wrong(Hook::OnCall, why))
    }

    /// The rank of each agent for a call, thousandths, in the agents' order;
    /// all 0 without the hook.
    ///
    /// # Errors
    /// As for [`Policy::on_call`].
    pub fn rank(&self, agents: &[AgentFacts], call: &CallFacts) -> Result<Vec<i64>, PolicyError> {
        if !self.hooks.contains(&Hook::Rank) {
            return Ok(vec![0; agents.len()]);
        }
        let answer = self.ask(Hook::Rank, &(agents, call))?;
        ranks(&answer).map_err(|why| wrong(Hook::Rank, why))
    }

    /// What to make of a miss.
    ///
    /// # Errors
    /// As for [`Policy::on_call`].
    pub fn on_miss(&self, agent: &AgentFacts, miss: &MissFacts) -> Result<BanChange, PolicyError> {
        let answer = self.ask(Hook::OnMiss, &(agent, miss))?;
        ban_change(&answer).map_err(|why| wrong(Hook::OnMiss, why))
    }

    /// What to make of a caller who has waited for one of the steps.
    ///
    /// # Errors
    /// As for [`Policy::on_call`].
    pub fn on_wait(&self, call: &CallFacts) -> Result<WaitChange, PolicyError> {
        let answer = self.ask(Hook::OnWait, &(call,))?;
        wait_change(&answer, &call.queues).map_err(|why| wrong(Hook::OnWait, why))
    }

    fn ask(&self, hook: Hook, arguments: &impl Serialize) -> Result<Value, PolicyError> {
        if !self.hooks.contains(&hook) {
            return Ok(Value::Null);
        }
        let text =
            serde_json::to_string(arguments).map_err(|error| wrong(hook, error.to_string()))?;
        let answer = self
            .sandbox
            .run_with(&self.caller, |ctx, function| {
                let function = Function::from_js(ctx, function)?;
                function.call::<_, Option<String>>((hook.name(), text.as_str()))
            })
            .map_err(|error| PolicyError::Script {
                place: hook.name(),
                error,
            })?;
        // `JSON.stringify` of a function or symbol is nothing.
        let Some(answer) = answer else {
            return Err(wrong(hook, "expected plain data".to_owned()));
        };
        serde_json::from_str(&answer).map_err(|error| wrong(hook, error.to_string()))
    }
}

fn wrong(hook: Hook, why: String) -> PolicyError {
    PolicyError::Answer {
        place: hook.name(),
        why,
    }
}

fn log_function<'js>(
    ctx: &Ctx<'js>,
    kept: Rc<RefCell<Vec<String>>>,
) -> script::js::Result<Function<'js>> {
    Function::new(ctx.clone(), move |text: script::js::Coerced<String>| {
        let mut lines = kept.borrow_mut();
        if lines.len() < LINES_MAX {
            lines.push(text.0.chars().take(LINE_CHARS_MAX).collect());
        }
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Held within a day just before.
fn read_about(about: &str) -> Result<(Vec<Hook>, Vec<u64>), PolicyError> {
    let about: Value = serde_json::from_str(about).map_err(|_| PolicyError::Steps)?;
    let has = |hook: &Hook| {
        let names = about["hooks"].as_array().into_iter().flatten();
        names.into_iter().any(|name| name == hook.name())
    };
    let hooks = Hook::ALL.into_iter().filter(has).collect();
    let steps = about["steps"].as_array().ok_or(PolicyError::Steps)?;
    if steps.len() > STEPS_MAX {
        return Err(PolicyError::Steps);
    }
    let step = |value: &Value| {
        let seconds = value
            .as_f64()
            .filter(|seconds| (1.0..=STEP_MAX_S).contains(seconds));
        seconds
            .map(|seconds| seconds as u64)
            .ok_or(PolicyError::Steps)
    };
    let mut steps: Vec<u64> = steps.iter().map(step).collect::<Result<_, _>>()?;
    steps.sort_unstable();
    steps.dedup();
    Ok((hooks, steps))
}
