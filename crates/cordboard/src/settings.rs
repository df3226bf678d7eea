//! From the file's words to what each half is started with.

use crate::config::{CodecName, Config, Listener, Queue, Transport, Trunk, leaving};
use crate::tokens::Tokens;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Shown to other SIP devices.
const USER_AGENT: &str = concat!("Cordboard/", env!("CARGO_PKG_VERSION"));
/// The scenario that comes with the program.
const CALL_CENTRE: &str = include_str!("../../../scenarios/call-centre.js");
const CALLBACK: &str = include_str!("../../../scenarios/call-centre-callback.js");
const CONSULT: &str = include_str!("../../../scenarios/call-centre-consult.js");

/// What callers of failed scenarios hear, in English, then in Russian.
const APOLOGIES: [&[u8]; 2] = [
    include_bytes!("../../../scenarios/sounds/goodbye.en.wav"),
    include_bytes!("../../../scenarios/sounds/goodbye.ru.wav"),
];
/// Longest announcement of the default treatment, milliseconds.
const ANNOUNCEMENT_MS_MAX: u64 = 90_000;

/// The queues for the routing core.
pub(crate) fn queues(config: &Config) -> Vec<acd::QueueConfig> {
    config.queues.iter().map(|one| queue(config, one)).collect()
}

/// The owner's routing script, for the backend.
pub(crate) fn policy(config: &Config) -> Option<backend::PolicyConfig> {
    let file = &config.policy.file;
    (!file.is_empty()).then(|| backend::PolicyConfig {
        file: file.into(),
        deadline_ms: config.policy.deadline_ms,
    })
}

/// What agents can do, for the routing core.
pub(crate) fn agent_skills(config: &Config) -> BTreeMap<acd::AgentId, acd::Skills> {
    let named = config.skills.iter();
    named
        .map(|(agent, skills)| (agent.as_str().into(), skills.clone()))
        .collect()
}

/// How callers are led to their own managers, for the routing core.
pub(crate) fn own_manager(config: &Config) -> acd::OwnManagerRule {
    const DAY_MS: u64 = 86_400_000;
    let own = &config.own_manager;
    let texts = own.texts.iter().map(|(language, texts)| {
        let usual = acd::OwnManagerTexts::usual(language);
        let or = |own: &Option<String>, usual: String| own.clone().unwrap_or(usual);
        let filled = acd::OwnManagerTexts {
            vacation: or(&texts.vacation, usual.vacation),
            ill: or(&texts.ill, usual.ill),
            left: or(&texts.left, usual.left),
            other: or(&texts.other, usual.other),
            busy: or(&texts.busy, usual.busy),
        };
        (language.to_lowercase(), filled)
    });
    let deputies = own.deputies.iter();
    acd::OwnManagerRule {
        sticky_wait_ms: own.sticky_wait_s * 1_000,
        ask: own.ask_after_talk,
        ask_again_ms: own.ask_again_days * DAY_MS,
        ask_talk_ms_min: own.ask_min_talk_s * 1_000,
        numbers: acd::NumberRule {
            country_code: own.country_code.clone(),
            national_prefix: own.national_prefix.clone(),
            international_prefix: own.international_prefix.clone(),
            national_digits: own.national_digits,
        },
        deputies: deputies
            .map(|(agent, deputy)| (agent.as_str().into(), deputy.as_str().into()))
            .collect(),
        texts: texts.collect(),
    }
}

/// What agents may do with callers whom others should serve.
pub(crate) fn transfers(config: &Config) -> acd::TransferRule {
    acd::TransferRule {
        agent_wait_ms: config.transfers.agent_wait_s * 1_000,
        outside_prefixes: config.transfers.outside_prefixes.clone(),
        outside_agents: config
            .transfers
            .outside_agents
            .iter()
            .map(|agent| agent.as_str().into())
            .collect(),
        numbers: config
            .transfers
            .numbers
            .iter()
            .map(|own| acd::NamedNumber {
                name: own.name.clone(),
                number: own.number.clone(),
            })
            .collect(),
    }
}

fn queue(config: &Config, queue: &Queue) -> acd::QueueConfig {
    acd::QueueConfig {
        name: queue.name.as_str().into(),
        numbers: queue.numbers.clone(),
        agents: queue
            .agents
            .as_ref()
            .map(|agents| agents.iter().map(|agent| agent.as_str().into()).collect()),
        ring_timeout_ms: queue.ring_timeout_s * 1_000,
        retry_delay_ms: queue.retry_delay_s * 1_000,
        wrap_up_ms: queue.wrap_up_s * 1_000,
        waiting_max: queue.waiting_max,
        announce_every_ms: queue.announce_every_s * 1_000,
        strategy: queue.strategy,
        priority_step_ms: queue.priority_step_s * 1_000,
        head_start_ms: queue.head_start_s * 1_000,
        ban: acd::BanRule {
            after_misses: queue.ban_after_misses,
            first_ms: queue.ban_first_s * 1_000,
            max_ms: queue.ban_max_s * 1_000,
            agent_may_lift: queue.ban_agent_may_lift,
        },
        not_taken: queue.not_taken.rules(),
        // Checked when the file was read.
        leave: leaving::rules(config, queue).unwrap_or_default(),
        callback: queue.callback.rule(),
        ring_at_once: queue.ring_at_once,
        ring_step_ms: queue.ring_step_s * 1_000,
        wrap_up_min_ms: queue.wrap_up_min_s * 1_000,
        wrap_up_extend_ms: queue.wrap_up_extend_s * 1_000,
        wrap_up_max_ms: queue.wrap_up_max_s * 1_000,
        skills: Some(acd::SkillRule {
            ease_every_ms: queue.ease_skills_s * 1_000,
        }),
        reserves: crate::config::reserves::rule_for_core(queue),
        service: acd::ServiceTarget {
            within_ms: queue.service_level_s * 1_000,
            short_abandon_ms: queue.short_abandon_s * 1_000,
        },
    }
}

/// The engine's start values.
///
/// # Errors
/// A sentence for the user, naming the key.
pub(crate) fn engine(
    config: &Config,
    data_dir: &Path,
    backend_url: &str,
    tokens: &Tokens,
) -> Result<engine::EngineConfig, String> {
    let mut secrets: BTreeMap<String, String> = config.scenarios.secrets.clone();
    secrets
        .entry("CORDBOARD_BACKEND_URL".into())
        .or_insert_with(|| backend_url.to_owned());
    secrets
        .entry("CORDBOARD_TOKEN".into())
        .or_insert_with(|| tokens.scenario.clone());
    let public_url = &config.engine.public_url;
    if !public_url.is_empty() && !public_url.starts_with("http") {
        return Err(format!(
            "`engine.public_url`: `{public_url}` must begin with http:// or https://"
        ));
    }
    Ok(engine::EngineConfig {
        bind: config.engine.bind,
        public_url: (!public_url.is_empty()).then(|| public_url.clone()),
        sip: sip(config),
        media: media::MediaConfig {
            bind: config.media.bind,
            port_min: config.media.port_min,
            port_max: config.media.port_max,
            threads: config.media.threads,
        },
        codecs: Arc::new(codecs(config)),
        rules: config.rules.iter().map(rule).collect::<Result<_, _>>()?,
        scenario_dir: Some(config.scenarios.dir.clone().into()),
        built_in_scenarios: BTreeMap::from([
            ("call-centre.js".to_owned(), CALL_CENTRE.to_owned()),
            ("call-centre-consult.js".to_owned(), CONSULT.to_owned()),
            ("call-centre-callback.js".to_owned(), CALLBACK.to_owned()),
        ]),
        secrets,
        limits: config.scenarios.limits.clone(),
        speech: engine::SpeechConfig {
            command: config.speech.say_command.clone(),
            timeout_ms: config.speech.say_timeout_s.saturating_mul(1_000),
            at_once: config.speech.say_at_once,
        },
        sessions_max: config.engine.sessions_max,
        scenario_threads: config.engine.scenario_threads,
        data_dir: data_dir.to_owned(),
        session_logs_max: config.engine.session_logs_max,
        recordings_dir: data_dir.join(&config.recordings.dir),
        recordings_keep_days: config.recordings.keep_days,
        backend: Some(engine::BackendLink {
            url: backend_url.to_owned(),
            token: tokens.engine.clone(),
        }),
        allow_hosts: config.engine.allow_hosts.clone(),
        ca_file: match config.engine.ca_file.as_str() {
            "" => None,
            file => Some(file.into()),
        },
        http_answer_bytes: config.engine.http_answers_mib.saturating_mul(1 << 20),
        default_treatment: default_treatment(&config.engine)?,
        control_token: tokens.engine.clone(),
        link_secret: tokens.links.clone(),
    })
}

/// What callers of failed scenarios get, with the announcement read and decoded.
fn default_treatment(config: &crate::config::Engine) -> Result<engine::DefaultTreatment, String> {
    let treatment = config
        .default_treatment
        .parse()
        .map_err(|error| format!("`engine.default_treatment`: {error}"))?;
    let wrong = |why: String| {
        let path = &config.default_announcement;
        format!("`engine.default_announcement`: `{path}`: {why}")
    };
    let announcement = if config.default_announcement.is_empty() {
        let mut samples = Vec::new();
        for bytes in APOLOGIES {
            let tune = voice::Tune::decode(bytes).map_err(|error| wrong(error.to_string()))?;
            samples.extend_from_slice(tune.samples());
        }
        voice::Tune::from_samples(samples)
    } else {
        let bytes = std::fs::read(&config.default_announcement)
            .map_err(|error| wrong(error.to_string()))?;
        voice::Tune::decode(&bytes).map_err(|error| wrong(error.to_string()))?
    };
    if announcement.duration_ms() > ANNOUNCEMENT_MS_MAX {
        return Err(wrong("it is longer than a minute and a half".to_owned()));
    }
    Ok(engine::DefaultTreatment {
        treatment,
        answers: config.default_treatment_answers,
        ring_timeout_ms: config.default_treatment_ring_s * 1_000,
        announcement: Arc::new(announcement),
    })
}

/// The rules as the management API shows them.
pub(crate) fn configured_rules(config: &Config) -> Vec<backend::platform::ConfiguredRule> {
    let shown = |rule: &crate::config::Rule| backend::platform::ConfiguredRule {
        name: rule.name.clone(),
        pattern: rule.pattern.clone(),
        exclude: rule.exclude.clone(),
        scenarios: rule.scenarios.clone(),
        conference: rule.conference,
    };
    config.rules.iter().map(shown).collect()
}

fn rule(rule: &crate::config::Rule) -> Result<engine::RuleConfig, String> {
    let treatment = rule
        .default_treatment
        .as_deref()
        .map(str::parse)
        .transpose();
    let default_treatment =
        treatment.map_err(|error| format!("rule `{}`: `default_treatment`: {error}", rule.name))?;
    Ok(engine::RuleConfig {
        default_treatment,
        conference: rule.conference,
        name: rule.name.clone(),
        pattern: rule.pattern.clone(),
        exclude: rule.exclude.clone(),
        scenarios: rule.scenarios.clone(),
    })
}

fn codec(codec: &CodecName) -> voice::Codec {
    match codec {
        CodecName::Pcmu => voice::Codec::Pcmu,
        CodecName::Pcma => voice::Codec::Pcma,
        CodecName::G722 => voice::Codec::G722,
    }
}

fn codecs(config: &Config) -> engine::Codecs {
    let trunks = &config.sip.trunks;
    let own = |trunk: &Trunk| {
        let list = trunk.codecs.as_ref()?.iter().map(codec).collect();
        Some((trunk.name.clone(), list))
    };
    engine::Codecs {
        usual: config.media.codecs.iter().map(codec).collect(),
        of_trunks: trunks.iter().filter_map(own).collect(),
        first_trunk: trunks.first().map(|trunk| trunk.name.clone()),
    }
}

fn sip(config: &Config) -> sip::SipConfig {
    sip::SipConfig {
        listeners: config.sip.listeners.iter().map(listener).collect(),
        trunks: config.sip.trunks.iter().map(trunk).collect(),
        realm: config.sip.realm.clone(),
        user_agent: USER_AGENT.to_owned(),
        legs_max: config.sip.legs_max,
    }
}

fn transport(transport: Transport) -> sip::Transport {
    match transport {
        Transport::Udp => sip::Transport::Udp,
        Transport::Tcp => sip::Transport::Tcp,
    }
}

fn listener(listener: &Listener) -> sip::ListenerConfig {
    sip::ListenerConfig {
        transport: transport(listener.transport),
        bind: listener.bind,
        advertised: listener.advertised,
        open: listener.open,
    }
}

fn trunk(trunk: &Trunk) -> sip::TrunkConfig {
    let credentials = match (&trunk.user, &trunk.password) {
        (Some(user), Some(password)) => Some(sip::TrunkCredentials {
            user: user.clone(),
            password: password.clone(),
            realm: trunk.realm.clone(),
        }),
        (_, _) => None,
    };
    sip::TrunkConfig {
        name: trunk.name.clone(),
        address: trunk.address.clone(),
        transport: transport(trunk.transport),
        sources: trunk.sources.clone(),
        credentials,
        register_every_s: trunk.register_every_s,
    }
}

/// The directory that signalling asks.
pub(crate) fn directory(config: &Config, store: store::Store) -> Arc<dyn sip::Directory> {
    Arc::new(crate::directory::StoreDirectory::new(
        store,
        config.sip.realm.clone(),
    ))
}
