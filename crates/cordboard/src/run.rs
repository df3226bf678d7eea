//! `cordboard run`: starts the halves, says what to open, and stops them.

use crate::command::{Run, RunRole};
use crate::config::Config;
use crate::language::Language;
use crate::tokens::Tokens;
use crate::{certificate, check, demo, limits, settings, user};
use backend::{Backend, BackendConfig};
use engine::Engine;
use std::net::SocketAddr;
use std::path::Path;
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

/// What runs.
struct Running {
    backend: Option<Backend>,
    engine: Option<Engine>,
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence for the user when something cannot start.
pub(crate) async fn run(options: Run) -> Result<(), String> {
    start_logging();
    let config = user::load(&options.files)?;
    for warning in check::warnings(&config) {
        tracing::warn!("{warning}");
    }
    limits::raise_open_files();
    let data = &options.files.data;
    let store = user::open(data, &config).await?;
    let tokens = Tokens::of(&config, &store, data).await?;
    let added = if options.demo && options.role != RunRole::Engine {
        Some(demo::prepare(&store, &config.sip.realm, data).await?)
    } else {
        None
    };
    // Taken before anything starts: a signal during the start is not lost.
    let mut term = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;

    let running = start(&config, options.role, data, &store, &tokens).await?;
    write_addresses(options.role, data, &running)?;
    let language = Language::of_environment();
    if let Some(added) = &added {
        demo::greet(language, added, data);
    }
    greet(language, &running);

    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    stop(running, &store).await;
    Ok(())
}

fn start_logging() {
    use tracing_subscriber::EnvFilter;
    // The SIP library logs every message at info.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,rsipstack=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

async fn start(
    config: &Config,
    role: RunRole,
    data: &Path,
    store: &Store,
    tokens: &Tokens,
) -> Result<Running, String> {
    let backend = match role {
        RunRole::All | RunRole::Backend => Some(start_backend(config, data, store, tokens).await?),
        RunRole::Engine => None,
    };
    let engine = match role {
        RunRole::All | RunRole::Engine => {
            let url = backend_url(config, backend.as_ref().map(Backend::bound));
            let settings = settings::engine(config, data, &url, tokens)?;
            let directory = settings::directory(config, store.clone());
            Some(
                Engine::start(settings, directory)
                    .await
                    .map_err(|error| error.to_string())?,
            )
        }
        RunRole::Backend => None,
    };
    Ok(Running { backend, engine })
}

async fn start_backend(
    config: &Config,
    data: &Path,
    store: &Store,
    tokens: &Tokens,
) -> Result<Backend, String> {
    let settings = BackendConfig {
        bind: config.http.bind,
        scenario_token: tokens.scenario.clone(),
        engine_token: tokens.engine.clone(),
        queues: settings::queues(config),
        agent_skills: settings::agent_skills(config),
        own_manager: settings::own_manager(config),
        pages: crate::config::agents::pages(&config.agents),
        reserves: crate::config::reserves::reserves(config),
        reasons: crate::config::agents::reasons(&config.agents),
        transfers: settings::transfers(config),
        callbacks: backend::CallbackSettings {
            rule: config.callbacks.rule.clone(),
            caller_id: config.callbacks.caller_id.clone(),
        },
        call_lists: backend::CallListSettings {
            sessions_max: config.call_lists.sessions_max,
            starts_per_s: config.call_lists.starts_per_second,
        },
        sounds_dir: config.http.sounds_dir.clone().into(),
        cookie_secure: config.http.cookie_secure,
        tls: certificate::tls(&config.http, data)?,
        rules: settings::configured_rules(config),
        sip_realm: config.sip.realm.clone(),
        journal_keep_days: config.database.journal_keep_days,
        history_keep_days: config.database.history_keep_days,
        policy: settings::policy(config),
        ..BackendConfig::default()
    };
    Backend::start(settings, store.clone())
        .await
        .map_err(|error| error.to_string())
}

fn backend_url(config: &Config, bound: Option<SocketAddr>) -> String {
    if !config.engine.backend_url.is_empty() {
        return config.engine.backend_url.trim_end_matches('/').to_owned();
    }
    format!("http://{}", bound.unwrap_or(config.http.bind))
}

/// Programs beside us (tests, the demo) read the bound addresses from here.
fn write_addresses(role: RunRole, data: &Path, running: &Running) -> Result<(), String> {
    let mut addresses = serde_json::Map::new();
    addresses.insert("pid".into(), std::process::id().into());
    if let Some(backend) = &running.backend {
        addresses.insert("http".into(), backend.bound().to_string().into());
        if let Some(bound) = backend.tls_bound() {
            addresses.insert("https".into(), bound.to_string().into());
        }
    }
    if let Some(engine) = &running.engine {
        addresses.insert("engine".into(), engine.bound().to_string().into());
        for (transport, bound) in engine.sip_bound() {
            let key = match transport {
                sip::Transport::Udp => "sip_udp",
                sip::Transport::Tcp => "sip_tcp",
            };
            addresses
                .entry(key)
                .or_insert_with(|| bound.to_string().into());
        }
    }
    let name = match role {
        RunRole::All => "run.json",
        RunRole::Engine => "run.engine.json",
        RunRole::Backend => "run.backend.json",
    };
    let partial = data.join(format!("{name}.part"));
    std::fs::write(&partial, serde_json::Value::Object(addresses).to_string())
        .and_then(|()| std::fs::rename(&partial, data.join(name)))
        .map_err(|error| format!("--data: {name} cannot be written: {error}"))
}

fn greet(language: Language, running: &Running) {
    if let Some(backend) = &running.backend {
        let what = language.pick("Agents' page:", "Страница операторов:");
        println!("{what} http://{}/", backend.bound());
    }
    if let Some(engine) = &running.engine {
        let what = language.pick("Call with any SIP phone:", "Звоните с любого SIP-телефона:");
        if let Some((_, bound)) = engine.sip_bound().first() {
            println!("{what} sip:100@{bound}");
        }
    }
    println!(
        "{}",
        language.pick("Ctrl+C stops.", "Ctrl+C останавливает.")
    );
}

/// The engine first: its sessions report their ends to the backend.
async fn stop(running: Running, store: &Store) {
    if let Some(engine) = running.engine {
        engine.shutdown().await;
    }
    if let Some(backend) = running.backend {
        backend.shutdown().await;
    }
    store.close().await;
}
