//! Script bytecode: compiled once, loaded by every session. rquickjs has a safe
//! API for the bytecode of *modules* only, and scenarios are classic scripts, so
//! this file holds the few raw calls and nothing else.
#![allow(unsafe_code)] // raw QuickJS calls; each block says why it is sound

use rquickjs::{Context, Ctx, Error, Exception, Result, Runtime, Value, qjs};
use std::ffi::CString;
use std::sync::Arc;

/// Heap of the throw-away compiler runtime, bytes: bytecode and syntax tree of
/// the largest accepted scenario (256 Ki characters) need a few MiB.
const COMPILER_MEMORY_BYTES: usize = 64 << 20;
/// Stack of the compiler, bytes: deep nesting ends in a syntax error, not a crash.
const COMPILER_STACK_BYTES: usize = 256 << 10;

/// A compiled classic script. Only [`compile`] makes one: QuickJS does not check
/// bytecode, so it must never come from outside this process.
#[derive(Clone)]
pub struct Bytecode(Arc<[u8]>);

impl Bytecode {
    /// Size, bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }
}

impl std::fmt::Debug for Bytecode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytecode({} bytes)", self.0.len())
    }
}

/// A script that does not compile. Its author can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct SyntaxError {
    /// File name as given to [`compile`].
    pub file: String,
    /// Line from 1; 0 when unknown.
    pub line: u32,
    /// Column from 1; 0 when unknown.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

/// Compiles one classic script. `name` is what stack traces show.
///
/// # Errors
/// The first syntax error.
pub fn compile(name: &str, text: &str) -> std::result::Result<Bytecode, SyntaxError> {
    compile_keeping(Keep::Places, name, text)
}

/// Compiles a script of our own that is loaded into every session: without the
/// places that stack traces show, which saves memory in each of them.
///
/// # Errors
/// The first syntax error.
pub fn compile_compact(name: &str, text: &str) -> std::result::Result<Bytecode, SyntaxError> {
    compile_keeping(Keep::Nothing, name, text)
}

/// What of the source survives in the bytecode. The text itself never does:
/// it would only serve `Function.prototype.toString`.
#[derive(Clone, Copy)]
enum Keep {
    Places,
    Nothing,
}

impl Keep {
    fn write_flags(self) -> u32 {
        let script = qjs::JS_WRITE_OBJ_BYTECODE | qjs::JS_WRITE_OBJ_STRIP_SOURCE;
        match self {
            Self::Places => script,
            Self::Nothing => script | qjs::JS_WRITE_OBJ_STRIP_DEBUG,
        }
    }
}

fn compile_keeping(
    keep: Keep,
    name: &str,
    text: &str,
) -> std::result::Result<Bytecode, SyntaxError> {
    let failed = |message: String, place: Option<(u32, u32)>| {
        let (line, column) = place.unwrap_or((0, 0));
        SyntaxError {
            file: name.to_owned(),
            line,
            column,
            message,
        }
    };
    let start = || -> Result<Context> {
        let runtime = Runtime::new()?;
        runtime.set_memory_limit(COMPILER_MEMORY_BYTES);
        runtime.set_max_stack_size(COMPILER_STACK_BYTES);
        Context::full(&runtime)
    };
    let context = start().map_err(|e| failed(format!("compiler did not start: {e}"), None))?;
    context.with(|ctx| match write_bytecode(&ctx, keep, name, text) {
        Ok(bytes) => Ok(Bytecode(bytes.into())),
        Err(Error::Exception) => {
            let Some((message, place)) = thrown(&ctx) else {
                return Err(failed("out of memory".to_owned(), None));
            };
            let place = place.or_else(|| first_line_with(&ctx, &message, text));
            Err(failed(message, place))
        }
        Err(other) => Err(failed(other.to_string(), None)),
    })
}

/// The message of a syntax error, and its place if it has one; `None` without memory
/// for an error.
fn thrown(ctx: &Ctx<'_>) -> Option<(String, Option<(u32, u32)>)> {
    let exception = Exception::from_object(ctx.catch().into_object()?)?;
    let place = exception.stack().and_then(|stack| first_place(&stack));
    Some((exception.message().unwrap_or_default(), place))
}

/// The line of an error that QuickJS tells without a place, as it does those of
/// regular expressions. It is the first one with which the text up to there has the
/// same error: the parser goes no further.
fn first_line_with(ctx: &Ctx<'_>, message: &str, text: &str) -> Option<(u32, u32)> {
    let ends: Vec<usize> = text
        .match_indices('\n')
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let line = ends.partition_point(|end| {
        let part = text.get(..*end).unwrap_or_default();
        let failed = write_bytecode(ctx, Keep::Nothing, "", part);
        let error = failed.err().and_then(|_| thrown(ctx));
        !matches!(error, Some((same, None)) if same == message)
    });
    Some((u32::try_from(line).ok()? + 1, 1))
}

/// Line and column of the first `file:line:column` in a QuickJS stack.
fn first_place(stack: &str) -> Option<(u32, u32)> {
    let first = stack.lines().next()?.trim_end().trim_end_matches(')');
    let mut parts = first.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((line, column))
}

fn write_bytecode(ctx: &Ctx<'_>, keep: Keep, name: &str, text: &str) -> Result<Vec<u8>> {
    let file = CString::new(name)?;
    let source = CString::new(text)?;
    let flags = (qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY) as i32;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: `raw` is alive for the borrow of `ctx`; both strings are
    // NUL-terminated and `text.len()` does not count the NUL, as JS_Eval wants.
    let compiled = unsafe {
        let value = qjs::JS_Eval(raw, source.as_ptr(), text.len() as _, file.as_ptr(), flags);
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        // Owned from here: dropping the Value frees the function.
        Value::from_raw(ctx.clone(), value)
    };
    let mut size: qjs::size_t = 0;
    // SAFETY: `compiled` is a live function of this context. The buffer that
    // comes back is `size` bytes long, is copied, and is freed by the same
    // context's allocator exactly once.
    unsafe {
        let buffer =
            qjs::JS_WriteObject(raw, &mut size, compiled.as_raw(), keep.write_flags() as i32);
        if buffer.is_null() {
            return Err(Error::Exception);
        }
        let bytes = std::slice::from_raw_parts(buffer, size as usize).to_vec();
        qjs::js_free(raw, buffer.cast());
        Ok(bytes)
    }
}

/// Loads and runs a script in the context's global scope; the result is the
/// script's completion value. Only inside of [`crate::Sandbox::enter`], whose
/// deadline holds for it.
///
/// # Errors
/// What the script threw.
pub fn evaluate<'js>(ctx: &Ctx<'js>, bytecode: &Bytecode) -> Result<Value<'js>> {
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: the bytes were written by JS_WriteObject of this very build of
    // QuickJS (only `compile` makes a `Bytecode`). JS_ReadObject copies what it
    // needs; JS_EvalFunction takes ownership of the function and returns an
    // owned value, which `Value` frees.
    unsafe {
        let function = qjs::JS_ReadObject(
            raw,
            bytecode.0.as_ptr(),
            bytecode.0.len() as _,
            qjs::JS_READ_OBJ_BYTECODE as i32,
        );
        if qjs::JS_IsException(function) {
            return Err(Error::Exception);
        }
        let value = qjs::JS_EvalFunction(raw, function);
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), value))
    }
}
