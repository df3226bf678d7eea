//! One runtime and context with its limits.

use crate::bytecode::{Bytecode, evaluate};
use crate::{Limits, WALL_TIMES_CPU};
use rquickjs::context::intrinsic;
use rquickjs::{Coerced, Context, Ctx, Error, FromJs, Persistent, Runtime, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What a thrown value may add to a log, characters: enough for a deep stack.
const ERROR_CHARS_MAX: usize = 4_000;
/// In the stack frames of compact scripts: they tell their author nothing.
const NO_PLACE: &str = "(<null>:";
/// Heap at which cycles are looked for first, bytes; from then on at half as much again as
/// what was left. Sessions of most scenarios are smaller when they have started: what they
/// have made by then is no garbage, and a search would cost them a tenth of their start.
const FIRST_SEARCH_BYTES: usize = 384 << 10;
/// Unhandled rejections remembered per entry: a script may make any number.
const REJECTIONS_MAX: usize = 16;

/// Everything of ECMAScript but typed arrays, DOM leftovers and the performance
/// clock.
type WithoutTypedArrays = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::Promise,
    intrinsic::WeakRef,
);
/// Everything of ECMAScript but DOM leftovers and the performance clock.
type Intrinsics = (WithoutTypedArrays, intrinsic::TypedArrays);

/// Why script code ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The script threw, or called the host wrongly. Its author can fix it.
    /// Holds the message and the stack with file, line and column.
    #[error("{0}")]
    Thrown(String),
    /// The script ran longer than its limit in one callback. Its author can fix it.
    #[error("ran longer than {limit_ms} ms in one callback")]
    Deadline {
        /// The limit, milliseconds.
        limit_ms: u64,
    },
    /// The script hit the memory limit. Its author, or the operator by raising
    /// the limit, can fix it.
    #[error("used more than its {limit_bytes} bytes of memory")]
    OutOfMemory {
        /// The limit, bytes.
        limit_bytes: usize,
    },
    /// The sandbox itself could not be made: the process is out of memory.
    #[error("sandbox did not start: {0}")]
    Start(String),
}

/// What the interrupt handler and the promise hook share with the sandbox.
#[derive(Default)]
struct Watch {
    deadline: Cell<Option<Deadline>>,
    expired: Cell<bool>,
    rejections: RefCell<Vec<Rejection>>,
}

/// When an entry ends at the latest.
#[derive(Clone, Copy)]
struct Deadline {
    /// Not before this, since no more CPU time can have been used.
    earliest: Instant,
    /// CPU time of the thread.
    cpu: Duration,
    latest: Instant,
}

impl Deadline {
    fn after(limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            earliest: now + limit,
            cpu: thread_cpu() + limit,
            latest: now + limit * WALL_TIMES_CPU,
        }
    }

    fn is_over(&self) -> bool {
        let now = Instant::now();
        now >= self.earliest && (now >= self.latest || thread_cpu() >= self.cpu)
    }
}

/// CPU time that this thread has used.
fn thread_cpu() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(used).unwrap_or_default()
}

struct Rejection {
    promise: Persistent<Value<'static>>,
    reason: String,
}

/// One runtime and one context with limits. `!Send`.
pub struct Sandbox {
    // Dropped before the runtime that it lives in.
    context: Context,
    runtime: Runtime,
    watch: Rc<Watch>,
    limits: Limits,
}

impl Sandbox {
    /// An empty global scope under the given limits.
    ///
    /// # Errors
    /// [`ScriptError::Start`] when there is no memory for it.
    pub fn new(limits: Limits) -> Result<Self, ScriptError> {
        Self::with_context(limits, Context::custom::<Intrinsics>)
    }

    /// The same without `ArrayBuffer`, its views and `Atomics`, which take memory
    /// that a script without their names does not need.
    ///
    /// # Errors
    /// [`ScriptError::Start`] when there is no memory for it.
    pub fn without_typed_arrays(limits: Limits) -> Result<Self, ScriptError> {
        Self::with_context(limits, Context::custom::<WithoutTypedArrays>)
    }

    fn with_context(
        limits: Limits,
        context: impl FnOnce(&Runtime) -> rquickjs::Result<Context>,
    ) -> Result<Self, ScriptError> {
        let start = |e: Error| ScriptError::Start(e.to_string());
        let runtime = Runtime::new().map_err(start)?;
        runtime.set_memory_limit(limits.memory_bytes);
        runtime.set_max_stack_size(limits.stack_bytes);
        runtime.set_gc_threshold(FIRST_SEARCH_BYTES);
        let watch = Rc::new(Watch::default());
        runtime.set_interrupt_handler(Some(interrupt_handler(Rc::clone(&watch))));
        runtime.set_host_promise_rejection_tracker(Some(rejection_tracker(Rc::clone(&watch))));
        let context = context(&runtime).map_err(start)?;
        Ok(Self {
            context,
            runtime,
            watch,
            limits,
        })
    }

    /// Runs one file in the global scope, then its promise jobs.
    ///
    /// # Errors
    /// What the script threw, or the limit it broke.
    pub fn run(&self, bytecode: &Bytecode) -> Result<(), ScriptError> {
        self.enter(|ctx| evaluate(ctx, bytecode).map(drop))
    }

    /// Runs one file and hands its completion value to `then`, in one entry.
    ///
    /// # Errors
    /// What the script or `then` threw, or the limit it broke.
    pub fn run_with<R>(
        &self,
        bytecode: &Bytecode,
        then: impl for<'js> FnOnce(&Ctx<'js>, Value<'js>) -> rquickjs::Result<R>,
    ) -> Result<R, ScriptError> {
        self.enter(|ctx| {
            let value = evaluate(ctx, bytecode)?;
            then(ctx, value)
        })
    }

    /// Runs `work` (which may call into the script), then promise jobs until
    /// none is left, all of it within one deadline.
    ///
    /// # Errors
    /// What the script threw, or the limit it broke.
    pub fn enter<R>(
        &self,
        work: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<R>,
    ) -> Result<R, ScriptError> {
        let limit = Duration::from_millis(self.limits.callback_ms);
        self.watch.expired.set(false);
        self.watch.deadline.set(Some(Deadline::after(limit)));
        let result = self
            .context
            .with(|ctx| work(&ctx).map_err(|e| self.explain(&ctx, e)))
            .and_then(|value| self.run_jobs().map(|()| value));
        self.watch.deadline.set(None);
        result
    }

    /// Rejections of promises that nobody handled in the entries so far, as
    /// text with stack; asking forgets them.
    #[must_use]
    pub fn take_unhandled_rejections(&self) -> Vec<String> {
        let taken = self.watch.rejections.take();
        taken.into_iter().map(|r| r.reason).collect()
    }

    /// JS heap in use, bytes.
    #[must_use]
    pub fn memory_used_bytes(&self) -> u64 {
        u64::try_from(self.runtime.memory_usage().malloc_size).unwrap_or(0)
    }

    fn run_jobs(&self) -> Result<(), ScriptError> {
        loop {
            // Short jobs that queue each other for ever never reach the
            // interpreter's own check, so the deadline is checked between them.
            if self.watch.is_late() {
                return Err(self.deadline());
            }
            match self.runtime.execute_pending_job() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(job) => {
                    return Err(job.0.with(|ctx| self.explain(&ctx, Error::Exception)));
                }
            }
        }
    }

    fn deadline(&self) -> ScriptError {
        ScriptError::Deadline {
            limit_ms: self.limits.callback_ms,
        }
    }

    fn explain(&self, ctx: &Ctx<'_>, error: Error) -> ScriptError {
        if !matches!(error, Error::Exception) {
            return ScriptError::Thrown(error.to_string());
        }
        let thrown = ctx.catch();
        if self.watch.expired.get() {
            return self.deadline();
        }
        // QuickJS throws null when memory ran out: there is none for an Error.
        if thrown.is_null() {
            return ScriptError::OutOfMemory {
                limit_bytes: self.limits.memory_bytes,
            };
        }
        let text = describe(ctx, &thrown);
        if self.watch.expired.get() {
            return self.deadline();
        }
        if text.starts_with("InternalError: out of memory") {
            return ScriptError::OutOfMemory {
                limit_bytes: self.limits.memory_bytes,
            };
        }
        ScriptError::Thrown(text)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The remembered promises live in the runtime and must go before it.
        self.watch.rejections.take();
    }
}

impl Watch {
    fn is_late(&self) -> bool {
        let late = self.deadline.get().is_some_and(|d| d.is_over());
        if late {
            self.expired.set(true);
        }
        late
    }
}

fn interrupt_handler(watch: Rc<Watch>) -> Box<dyn FnMut() -> bool> {
    Box::new(move || watch.is_late())
}

fn rejection_tracker(watch: Rc<Watch>) -> rquickjs::runtime::RejectionTracker {
    Box::new(move |ctx, promise, reason, handled| {
        if handled {
            // A handler attached later in the same entry takes the report back.
            watch.rejections.borrow_mut().retain(|known| {
                let same = known.promise.clone().restore(&ctx);
                !same.is_ok_and(|value| value == promise)
            });
            return;
        }
        if watch.rejections.borrow().len() >= REJECTIONS_MAX {
            return;
        }
        let reason = describe(&ctx, &reason);
        watch.rejections.borrow_mut().push(Rejection {
            promise: Persistent::save(&ctx, promise),
            reason,
        });
    })
}

/// A thrown value as text: `Name: message`, then its stack.
fn describe<'js>(ctx: &Ctx<'js>, thrown: &Value<'js>) -> String {
    let mut text = match Coerced::<String>::from_js(ctx, thrown.clone()) {
        Ok(Coerced(text)) => text,
        Err(_) => {
            // The value's own toString threw; that exception is of no interest.
            drop(ctx.catch());
            "a value that cannot be shown was thrown".to_owned()
        }
    };
    if let Some(object) = thrown.as_object() {
        // Its fields tell more than that it is one.
        if text == "[object Object]" {
            match ctx.json_stringify(thrown.clone()) {
                Ok(Some(json)) => text = json.to_string().unwrap_or(text),
                Ok(None) => {}
                Err(_) => drop(ctx.catch()),
            }
        }
        match object.get::<_, Option<String>>("stack") {
            Ok(Some(stack)) if !stack.is_empty() => {
                for frame in stack.lines().filter(|line| !line.contains(NO_PLACE)) {
                    text.push('\n');
                    text.push_str(frame);
                }
            }
            Ok(_) => {}
            Err(_) => drop(ctx.catch()),
        }
    }
    if let Some((end, _)) = text.char_indices().nth(ERROR_CHARS_MAX) {
        text.truncate(end);
    }
    text
}
