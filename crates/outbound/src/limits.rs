//! Named limits on what can grow.

/// Call lists that are kept: far above what people look after.
pub const LISTS_MAX: usize = 1_000;
/// Tasks of all lists: each is some hundred bytes of memory and a row.
pub const TASKS_MAX: usize = 200_000;
/// Custom data of all tasks together, bytes.
pub const DATA_BYTES_MAX: usize = 128 << 20;
/// Rows of one file.
pub const ROWS_MAX: usize = 50_000;
/// Columns of a file.
pub const COLUMNS_MAX: usize = 100;
/// Columns of all files of a list that are shown.
pub const ALL_COLUMNS_MAX: usize = 500;
/// Longest file, bytes.
pub const FILE_BYTES_MAX: usize = 4 << 20;
/// Longest custom data of a task, bytes: what `StartScenarios` takes too.
pub const CUSTOM_DATA_BYTES_MAX: usize = 16 * 1_024;
/// Longest result that is kept of a task, bytes; what is longer is cut.
pub const RESULT_BYTES_MAX: usize = 16 * 1_024;
/// Longest name of a list, characters, as on the cloud.
pub const NAME_CHARS_MAX: usize = 255;
/// Longest `__task_uuid`, characters, as on the cloud.
pub const UUID_CHARS_MAX: usize = 40;
/// Longest number that is kept of a call, characters.
pub const NUMBER_CHARS_MAX: usize = 255;
/// Highest `num_attempts`, as on the cloud.
pub const NUM_ATTEMPTS_MAX: u32 = 5;
/// Attempts of one task, however many a scenario asks for: nobody is called for
/// ever.
pub const ATTEMPTS_MAX: u32 = 100;
/// Highest `max_simultaneous`; [`crate::Limits::sessions_max`] counts as well.
pub const MAX_SIMULTANEOUS_MAX: u32 = 10_000;
/// Highest priority number of a list, as on the cloud; 0 goes first.
pub const PRIORITY_MAX: u64 = 1 << 31;
/// Longest pause between attempts, seconds: a month.
pub const INTERVAL_S_MAX: u64 = 31 * 86_400;
/// How far ahead an attempt may be put, milliseconds: nine months, as on the cloud.
pub const AHEAD_MS_MAX: u64 = 274 * 86_400_000;
/// Windows of one `call_schedule`: three a day.
pub const WINDOWS_MAX: usize = 21;
/// Tasks in one command, as on the cloud.
pub const TASKS_IN_COMMAND_MAX: usize = 1_000;
