//! Cordboard: a programmable call centre in one binary. This crate reads the
//! configuration, starts the halves and stops them; it decides nothing else.

mod certificate;
mod check;
mod command;
mod config;
mod demo;
mod directory;
mod journal;
mod key;
mod language;
mod limits;
mod rehearsal;
mod routing_script;
mod run;
mod secrets;
mod settings;
mod simulation;
mod tokens;
mod user;

use clap::Parser;
use command::{Cli, Command, KeyCommand, PolicyCommand, ScenarioCommand, UserCommand};
use std::process::ExitCode;

// Sessions come and go by the thousand; this allocator gives memory back after
// a peak, glibc's keeps it (measured: 16 MiB against 271 MiB of 274).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

async fn on_user(command: UserCommand) -> Result<(), String> {
    match command {
        UserCommand::Add(options) => user::add(options).await,
        UserCommand::List(options) => user::list(&options).await,
        UserCommand::Reset(options) => secrets::reset(options).await,
        UserCommand::Disable(options) => secrets::set_disabled(&options, true).await,
        UserCommand::Enable(options) => secrets::set_disabled(&options, false).await,
        UserCommand::Token(options) => secrets::token(&options).await,
    }
}

/// Exit code for a mistake in what the user gave: configuration, arguments, files.
const USER_MISTAKE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cordboard: cannot start threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Run(options) => run::run(options).await,
            Command::Check(options) => check::check(&options),
            Command::User { command } => on_user(command).await,
            Command::Journal { command } => journal::run(command).await,
            Command::Policy {
                command: PolicyCommand::Check { file },
            } => routing_script::check(&file),
            Command::Policy {
                command: PolicyCommand::Test { file, cases },
            } => routing_script::test(&file, &cases),
            Command::Simulate(options) => simulation::run(&options),
            Command::EngineToken(files) => tokens::print(&files).await,
            Command::Key { command } => match command {
                KeyCommand::Add(options) => key::add(&options).await,
                KeyCommand::List(files) => key::list(&files).await,
                KeyCommand::Remove(options) => key::remove(&options).await,
            },
            Command::Scenario {
                command: ScenarioCommand::Check { files },
            } => check::scenarios(&files),
            Command::Scenario {
                command:
                    ScenarioCommand::Test {
                        files,
                        script,
                        quiet,
                    },
            } => rehearsal::run(&files, &script, quiet),
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("cordboard: {problem}");
            ExitCode::from(USER_MISTAKE)
        }
    }
}
