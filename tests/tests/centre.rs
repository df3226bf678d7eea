//! The whole system, one behaviour a file. See `cordboard_tests` for the parts.

// Functions that tests share are tests too: what must hold and does not is a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access_url;
mod acd_requests;

mod agent_does_not_answer;
mod agent_transfers;
mod announcements;
mod backend_restarts;
mod call_list_commands;
mod call_lists;
mod callback;
mod caller_gives_up;
mod conference;
mod conference_sessions;
mod demo;
mod digits;
mod docs;
mod engine_dies;
mod fifty_calls_at_once;
mod first_and_last_sound;
mod history;
mod hold_keeps_the_call;
mod hostile_scenarios;
mod junk_is_survived;
mod kill_at_any_moment;
mod listening;
mod live_reload;
mod mails;
mod net;
mod order_is_kept;
mod phones_hear_each_other;
mod policies;
mod recorded_places;
mod recordings;
mod refused_bodies;
mod reserves;
mod rtcp;
mod scenario_fails;
mod scripted_hour;
mod several_phones;
mod started_from_outside;
mod strangers;
mod talk;
mod tcp;
mod tidy;
mod transfers;
mod trunks;
mod unknown_numbers;
mod web_sockets;
mod who_hung_up;
mod wideband;
mod wrong_passwords;
