//! A media thread: waits for packets, commands and the tick, and feeds the graph.

use crate::clock::Clock;
use crate::command::Command;
use crate::graph::Graph;
use crate::leg::{Leg, LegIndex};
use crate::schedule::Schedule;
use crate::{LegId, LegParams, Shared, StatsSink};
use crossbeam_channel::Receiver;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use voice::rtcp;
use voice::rtp::PACKET_BYTES_MAX;

/// The token of the waker; legs use their place, which stays far below.
pub(crate) const WAKE: Token = Token(usize::MAX);

/// Added to the place of a leg for the socket of its RTCP.
const RTCP: usize = 1 << (usize::BITS - 2);

/// Events taken from the poller at a time. More wait in the kernel, unharmed.
const EVENTS_MAX: usize = 1_024;

/// Packets read from one leg in a row. A phone sends one in 20 ms; a flood to one
/// port must not keep the other legs waiting.
const PACKETS_IN_A_ROW_MAX: usize = 16;

/// RTCP packets taken from one leg in a round: a flood is thrown away faster than it comes.
const RTCP_IN_A_ROW_MAX: usize = 256;

/// Rounds begin at least this far apart. Phones speak out of step with each
/// other, so a busy thread would be woken for nearly every packet, which costs
/// as much as the packet; a tenth of a frame of delay cannot be heard.
const ROUND_SPACING: Duration = Duration::from_millis(1);

/// How often legs are looked at that nothing may come from any more.
const WATCH_SPACING: Duration = Duration::from_secs(1);

/// How often it is looked whether RTCP is due: a small part of the seconds between two.
const RTCP_SPACING: Duration = Duration::from_millis(100);

/// Media threads come before what only counts: a packet that waits is heard. Needs
/// CAP_SYS_NICE, or a limit of niceness (systemd `LimitNICE=-10`).
const NICENESS: i32 = -10;

/// What moves into the thread.
pub(crate) struct Worker {
    pub(crate) poll: Poll,
    pub(crate) commands: Receiver<Command>,
    /// Set by whoever woke us, cleared before the commands are read, so that
    /// one wake-up is enough for many commands.
    pub(crate) woken: Arc<AtomicBool>,
    /// Keeps the waker open: closed with the last handle, it would take the
    /// wake-up of the shutdown with it.
    pub(crate) _waker: Arc<Waker>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) graph: Graph,
    pub(crate) clock: Clock,
}

/// Whether the thread goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    GoOn,
    Stop,
}

impl Worker {
    /// Runs until shut down.
    pub(crate) fn run(mut self) {
        // Of this thread alone. Whoever may not have it goes on as before.
        if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
            tracing::debug!(%error, "a media thread has no higher priority than others");
        }
        let clock = self.clock;
        let mut schedule = Schedule::default();
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut unread: Vec<LegIndex> = Vec::new();
        let mut ticking = false;
        let mut last_round = Duration::ZERO;
        let mut last_watch = Duration::ZERO;
        let mut last_rtcp = Duration::ZERO;
        loop {
            let rest = ROUND_SPACING.saturating_sub(clock.elapsed() - last_round);
            if unread.is_empty() && !rest.is_zero() {
                std::thread::sleep(rest);
            }
            let timeout = if !unread.is_empty() {
                Some(Duration::ZERO)
            } else if ticking {
                Some(schedule.wait(clock.elapsed()))
            } else if self.graph.needs_watch() {
                let next = (last_watch + WATCH_SPACING).min(last_rtcp + RTCP_SPACING);
                Some(next.saturating_sub(clock.elapsed()))
            } else {
                None
            };
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the poller of a media thread failed: its calls lose their audio");
                break;
            }
            last_round = clock.elapsed();
            // Commands first: what was ordered before a packet came holds for it.
            if self.woken.load(Ordering::SeqCst) && self.run_commands() == Flow::Stop {
                break;
            }
            let now = samples(last_round);
            for leg in std::mem::take(&mut unread) {
                self.read(leg, now, &mut unread);
            }
            for event in &events {
                // A place may have a new leg by now: reading that one does no harm.
                let token = event.token();
                if token != WAKE && token.0 & RTCP != 0 {
                    self.read_rtcp(token.0 & !RTCP);
                } else if token != WAKE {
                    self.read(token.0, now, &mut unread);
                }
            }
            let needed = self.graph.needs_ticks();
            if needed && !ticking {
                schedule.resume(clock.elapsed());
            }
            ticking = needed;
            if ticking && let Some(tick) = schedule.due(clock.elapsed()) {
                let recorded = self.graph.tick(tick);
                self.shared.recorders.fetch_sub(recorded, Ordering::SeqCst);
            }
            // After the reading: what waits in a socket is not missing.
            if unread.is_empty() && last_round >= last_watch + WATCH_SPACING {
                last_watch = last_round;
                self.graph.watch(now);
            }
            if last_round >= last_rtcp + RTCP_SPACING {
                last_rtcp = last_round;
                self.graph.speak_rtcp(clock.instant(last_round), now);
            }
        }
        self.close_everything();
    }

    /// Reads what waits at a leg; one that has more is noted for the next round.
    fn read(&mut self, index: LegIndex, now: u32, unread: &mut Vec<LegIndex>) {
        let mut buffer = [0u8; PACKET_BYTES_MAX];
        for _ in 0..PACKETS_IN_A_ROW_MAX {
            let Some(leg) = self.graph.leg_mut(index) else {
                return;
            };
            match leg.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    let Some(packet) = buffer.get(..length) else {
                        continue;
                    };
                    if rtcp::packet::is_rtcp(packet) {
                        let instant = self.clock.instant(self.clock.elapsed());
                        let whence = (from, true);
                        self.graph.receive_rtcp(index, packet, whence, instant);
                    } else {
                        self.graph.receive(index, packet, from, now);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error or a signal: the next packet is not affected.
                Err(_) => leg.stats.dropped_other += 1,
            }
        }
        unread.push(index);
    }

    /// Reads the RTCP that waits at a leg; far ends send a packet in seconds, so what
    /// is more than a few is thrown away.
    fn read_rtcp(&mut self, index: LegIndex) {
        let mut buffer = [0u8; PACKET_BYTES_MAX];
        let instant = self.clock.instant(self.clock.elapsed());
        for place in 0..RTCP_IN_A_ROW_MAX {
            let leg = self.graph.leg_mut(index);
            let Some(socket) = leg.and_then(|leg| leg.rtcp.as_ref()?.socket.as_ref()) else {
                return;
            };
            match socket.recv_from(&mut buffer) {
                Ok((length, from)) if place < PACKETS_IN_A_ROW_MAX => {
                    if let Some(packet) = buffer.get(..length) {
                        let whence = (from, false);
                        self.graph.receive_rtcp(index, packet, whence, instant);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error or a signal: the next packet is not affected.
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn run_commands(&mut self) -> Flow {
        self.woken.store(false, Ordering::SeqCst);
        while let Ok(command) = self.commands.try_recv() {
            if self.run_command(command) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::GoOn
    }

    fn run_command(&mut self, command: Command) -> Flow {
        match command {
            Command::OpenLeg(open) => {
                let id = open.leg;
                let index = self.graph.open_leg(open);
                self.register(id, index);
            }
            Command::Configure(leg, params) => self.configure(leg, params),
            Command::Hear(listener, source) => self.graph.hear(listener, source),
            Command::Unhear(listener, source) => self.graph.unhear(listener, source),
            Command::ReportDigits(leg, enabled) => self.graph.report_digits(leg, enabled),
            Command::ReportToneDigits(leg, enabled) => self.graph.report_tone_digits(leg, enabled),
            Command::ReportStats(leg, every_s) => self.graph.report_stats(leg, every_s),
            Command::SendDigits(leg, digits) => self.graph.send_digits(leg, &digits),
            Command::CloseLeg(leg, told) => self.close_leg(leg, told),
            Command::CreatePlayer(create) => self.graph.create_player(create),
            Command::PausePlayer(player, paused) => self.graph.pause_player(player, paused),
            Command::StopPlayer(player) => {
                if self.graph.stop_player(player) {
                    self.shared.players.fetch_sub(1, Ordering::SeqCst);
                }
            }
            Command::CreateMixer(mixer, group, rate) => self.graph.create_mixer(mixer, group, rate),
            Command::JoinMixer(mixer, member) => self.graph.join_mixer(mixer, member),
            Command::LeaveMixer(mixer, member) => self.graph.leave_mixer(mixer, member),
            Command::CloseMixer(mixer) => {
                if self.graph.close_mixer(mixer) {
                    self.shared.mixers.fetch_sub(1, Ordering::SeqCst);
                }
            }
            Command::CreateRecorder(create) => self.graph.create_recorder(create),
            Command::Record(recorder, side, input) => self.graph.record(recorder, side, input),
            Command::Unrecord(recorder, side, input) => self.graph.unrecord(recorder, side, input),
            Command::MuteRecorder(recorder, muted) => self.graph.mute_recorder(recorder, muted),
            Command::StopRecorder(recorder) => self.graph.stop_recorder(recorder),
            command @ (Command::CreateFeed(..)
            | Command::Feed(..)
            | Command::ClearFeed(_)
            | Command::CloseFeed(_)
            | Command::CreateStream(..)
            | Command::Stream(..)
            | Command::Unstream(..)
            | Command::CloseStream(_)) => self.run_stream_command(command),
            Command::Stats(leg, answer) => {
                // Without an answer the asker learns that there is no such leg.
                if let Some(stats) = self.graph.stats(leg) {
                    let _ = answer.try_send(stats);
                }
            }
            Command::Shutdown => return Flow::Stop,
        }
        Flow::GoOn
    }

    /// Commands about audio that comes from and goes to other threads.
    fn run_stream_command(&mut self, command: Command) {
        match command {
            Command::CreateFeed(feed, group, rate) => self.graph.create_feed(feed, group, rate),
            Command::Feed(feed, samples) => self.graph.feed(feed, &samples),
            Command::ClearFeed(feed) => self.graph.clear_feed(feed),
            Command::CloseFeed(feed) => {
                if self.graph.close_feed(feed) {
                    self.shared.feeds.fetch_sub(1, Ordering::SeqCst);
                }
            }
            Command::CreateStream(stream, group, rate, sink) => {
                self.graph.create_stream(stream, group, rate, sink);
            }
            Command::Stream(stream, source) => self.graph.stream(stream, source),
            Command::Unstream(stream, source) => self.graph.unstream(stream, source),
            Command::CloseStream(stream) => {
                if self.graph.close_stream(stream) {
                    self.shared.streams.fetch_sub(1, Ordering::SeqCst);
                }
            }
            other => tracing::error!(?other, "not a command about a stream"),
        }
    }

    fn register(&mut self, id: LegId, index: LegIndex) {
        let Some(leg) = self.graph.leg_mut(index) else {
            return;
        };
        let registry: &Registry = self.poll.registry();
        if let Err(error) = registry.register(&mut leg.socket, Token(index), Interest::READABLE) {
            tracing::error!(%error, ?id, "a leg cannot be polled: it will hear nothing");
        }
    }

    fn configure(&mut self, id: LegId, params: LegParams) {
        let now = self.clock.instant(self.clock.elapsed());
        let Some(index) = self.graph.configure(id, params, now) else {
            return;
        };
        let leg = self.graph.leg_mut(index);
        let Some(rtcp) = leg.and_then(|leg| leg.rtcp.as_mut()) else {
            return;
        };
        if let Some(socket) = &mut rtcp.socket
            && let Err(error) =
                self.poll
                    .registry()
                    .register(socket, Token(index | RTCP), Interest::READABLE)
        {
            tracing::warn!(%error, ?id, "RTCP cannot be polled: it is not read");
        }
    }

    fn close_leg(&mut self, id: LegId, told: Option<StatsSink>) {
        if let Some(mut leg) = self.graph.close_leg(id) {
            if let Some(told) = told {
                told.give(leg.stats());
            }
            self.say_goodbye(&mut leg);
            release(&self.shared, leg);
        }
    }

    fn say_goodbye(&self, leg: &mut Leg) {
        let now = self.clock.elapsed();
        leg.leave_rtcp(self.clock.instant(now), samples(now));
    }

    fn close_everything(&mut self) {
        let rest = self.graph.clear();
        for mut leg in rest.legs {
            self.say_goodbye(&mut leg);
            release(&self.shared, leg);
        }
        self.shared
            .players
            .fetch_sub(rest.players, Ordering::SeqCst);
        self.shared.mixers.fetch_sub(rest.mixers, Ordering::SeqCst);
        self.shared
            .recorders
            .fetch_sub(rest.recorders, Ordering::SeqCst);
        self.shared.feeds.fetch_sub(rest.feeds, Ordering::SeqCst);
        self.shared
            .streams
            .fetch_sub(rest.streams, Ordering::SeqCst);
        while let Ok(command) = self.commands.try_recv() {
            match command {
                Command::OpenLeg(open) => {
                    drop(open.socket);
                    self.shared.ports.give_back(open.port);
                    self.shared.legs.fetch_sub(1, Ordering::SeqCst);
                }
                Command::CreateMixer(..) => {
                    self.shared.mixers.fetch_sub(1, Ordering::SeqCst);
                }
                Command::CreateRecorder(..) => {
                    self.shared.recorders.fetch_sub(1, Ordering::SeqCst);
                }
                Command::CreateFeed(..) => {
                    self.shared.feeds.fetch_sub(1, Ordering::SeqCst);
                }
                Command::CreateStream(..) => {
                    self.shared.streams.fetch_sub(1, Ordering::SeqCst);
                }
                Command::CreatePlayer(_) => {
                    self.shared.players.fetch_sub(1, Ordering::SeqCst);
                }
                _ => {}
            }
        }
    }
}

/// Closes the socket, and only then frees its port. Closing also removes it from the poller.
fn release(shared: &Shared, leg: Leg) {
    let port = leg.port;
    drop(leg);
    shared.ports.give_back(port);
    shared.legs.fetch_sub(1, Ordering::SeqCst);
}

/// The thread's clock in samples at 8 kHz; wraps, as RTP timestamps do.
fn samples(elapsed: Duration) -> u32 {
    (elapsed.as_micros() * 8 / 1_000) as u32
}
