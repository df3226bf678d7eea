//! The handle through which other threads speak to the media threads.

mod streams;

use crate::clock::Clock;
use crate::command::{COMMANDS_MAX, Command, CreatePlayer, CreateRecorder, OpenLeg};
use crate::graph::Graph;
use crate::outgoing::StreamSeed;
use crate::ports::Ports;
use crate::recording::{self, ORDERS_MAX};
use crate::worker::{WAKE, Worker};
use crate::{
    EventSink, LegId, LegParams, LegStats, MediaConfig, MediaCounts, MixerId, OpenError, PlayerId,
    RecorderId, RecorderSpec, Shared, Side, Source, StatsSink,
};
use crossbeam_channel::Sender;
use mio::{Poll, Waker};
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Most media threads: the thread's number is in the low byte of every id.
const THREADS_MAX: usize = 256;

/// How long a full queue of commands is waited for before a command is given up.
const COMMAND_WAIT: Duration = Duration::from_secs(1);

/// How long [`Media::stats`] waits for the thread.
const STATS_WAIT: Duration = Duration::from_secs(1);

/// A tune longer than this (one minute) is encoded by the thread that makes the
/// player: on a media thread it would delay a tick by a millisecond or more.
const ENCODE_AHEAD_SAMPLES: usize = 8_000 * 60;

/// The way to one thread.
struct Thread {
    commands: Sender<Command>,
    waker: Arc<Waker>,
    woken: Arc<AtomicBool>,
}

struct Inner {
    threads: Vec<Thread>,
    shared: Arc<Shared>,
    next_id: AtomicU64,
    joins: Mutex<Vec<JoinHandle<()>>>,
}

/// The running media half. Commands are sent to the thread and do not block.
/// Everything of one `group` (one session) lives on one thread.
#[derive(Clone)]
pub struct Media {
    inner: Arc<Inner>,
}

impl Media {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a thread or its poller cannot be made.
    pub fn start(config: MediaConfig, sink: EventSink) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            ports: Ports::new(config.bind, config.port_min, config.port_max),
            legs: AtomicUsize::new(0),
            players: AtomicUsize::new(0),
            mixers: AtomicUsize::new(0),
            recorders: AtomicUsize::new(0),
            feeds: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
        });
        let count = match config.threads {
            0 => std::thread::available_parallelism()?.get(),
            count => count,
        };
        let mut inner = Inner {
            threads: Vec::new(),
            shared,
            next_id: AtomicU64::new(1),
            joins: Mutex::new(Vec::new()),
        };
        let (writer, orders) = crossbeam_channel::bounded(ORDERS_MAX);
        for number in 0..count.min(THREADS_MAX) {
            let graph = Graph::new(Arc::clone(&sink), writer.clone());
            let (thread, join) = spawn(number, &inner.shared, graph)?;
            inner.threads.push(thread);
            inner.joins.get_mut().push(join);
        }
        // Last, and so joined last: it ends when no media thread can order any more.
        let writing = std::thread::Builder::new().name("media-writer".into());
        let join = writing.spawn(move || recording::run(&orders, &sink))?;
        inner.joins.get_mut().push(join);
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Opens a leg on a random free even port and returns the port; the one after it is
    /// for RTCP, unless the far end sends that to the same port. The leg drops
    /// packets until [`Media::configure`] says who may send them.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_leg(&self, group: u64) -> Result<(LegId, u16), OpenError> {
        let seed = random_seed()?;
        let shared = &self.inner.shared;
        let (socket, port) = shared.ports.open(random_u32)?;
        let leg = LegId(self.inner.new_id(group));
        shared.legs.fetch_add(1, Ordering::SeqCst);
        let open = OpenLeg {
            leg,
            group,
            socket,
            port,
            seed,
        };
        if let Err(Command::OpenLeg(open)) = self.inner.send(leg.0, Command::OpenLeg(open)) {
            drop(open.socket);
            shared.ports.give_back(port);
            shared.legs.fetch_sub(1, Ordering::SeqCst);
            let stopped =
                io::Error::new(io::ErrorKind::BrokenPipe, "the media threads have stopped");
            return Err(OpenError::Socket(stopped));
        }
        Ok((leg, port))
    }

    /// Sets or changes what the SDP exchange agreed on.
    pub fn configure(&self, leg: LegId, params: LegParams) {
        self.order(leg.0, Command::Configure(leg, params));
    }

    /// From now on `listener` hears `source` and nothing else.
    pub fn hear(&self, listener: LegId, source: Source) {
        self.order(listener.0, Command::Hear(listener, source));
    }

    /// `listener` goes silent if it hears exactly `source`.
    pub fn unhear(&self, listener: LegId, source: Source) {
        self.order(listener.0, Command::Unhear(listener, source));
    }

    /// Whether presses that come as telephone events are reported as [`crate::MediaEvent::Digit`].
    pub fn report_digits(&self, leg: LegId, enabled: bool) {
        self.order(leg.0, Command::ReportDigits(leg, enabled));
    }

    /// Whether digits heard as tones in the audio are reported too, as
    /// [`crate::MediaEvent::Digit`] with [`crate::DigitHow::InBand`]. The audio is
    /// decoded for it. A leg that has ever sent a telephone event is not
    /// listened to: its gateway may leave rests of the tones in the audio, and
    /// every press would be told twice.
    pub fn report_tone_digits(&self, leg: LegId, enabled: bool) {
        self.order(leg.0, Command::ReportToneDigits(leg, enabled));
    }

    /// [`crate::MediaEvent::Statistics`] of a leg comes every so many seconds from now on,
    /// or no more.
    pub fn report_stats(&self, leg: LegId, every_s: Option<u32>) {
        self.order(leg.0, Command::ReportStats(leg, every_s));
    }

    /// Sends digits by RFC 4733 (`0`-`9`, `*`, `#`, `A`-`D`; `p` and `,` are a pause
    /// of half a second). Without an agreed payload type nothing is sent.
    pub fn send_digits(&self, leg: LegId, digits: &str) {
        self.order(leg.0, Command::SendDigits(leg, digits.to_owned()));
    }

    /// Closes the leg; its port is free at once. The far end is sent an RTCP BYE.
    pub fn close_leg(&self, leg: LegId) {
        self.order(leg.0, Command::CloseLeg(leg, None));
    }

    /// The same; `told` is given what went over it in the end, unless there is no such leg.
    pub fn close_leg_and_tell(&self, leg: LegId, told: StatsSink) {
        self.order(leg.0, Command::CloseLeg(leg, Some(told)));
    }

    /// Makes a player of a decoded tune; it runs when not `paused`, heard or not.
    pub fn create_player(
        &self,
        group: u64,
        tune: Arc<voice::Tune>,
        looped: bool,
        paused: bool,
    ) -> PlayerId {
        if tune.samples().len() > ENCODE_AHEAD_SAMPLES {
            tune.encoded(voice::Law::Mu);
            tune.encoded(voice::Law::A);
        }
        let player = PlayerId(self.inner.new_id(group));
        let players = &self.inner.shared.players;
        players.fetch_add(1, Ordering::SeqCst);
        let create = CreatePlayer {
            player,
            group,
            tune,
            looped,
            paused,
        };
        if self
            .inner
            .send(player.0, Command::CreatePlayer(create))
            .is_err()
        {
            players.fetch_sub(1, Ordering::SeqCst);
        }
        player
    }

    /// Pauses or resumes.
    pub fn pause_player(&self, player: PlayerId, paused: bool) {
        self.order(player.0, Command::PausePlayer(player, paused));
    }

    /// Removes a player; its listeners hear silence.
    pub fn stop_player(&self, player: PlayerId) {
        self.order(player.0, Command::StopPlayer(player));
    }

    /// Makes a mixer that adds up at `rate`. Legs hear it as [`Source::Mixer`],
    /// whether they have joined or not, at the rate of their own codec.
    pub fn create_mixer(&self, group: u64, rate: voice::Rate) -> MixerId {
        let mixer = MixerId(self.inner.new_id(group));
        let mixers = &self.inner.shared.mixers;
        mixers.fetch_add(1, Ordering::SeqCst);
        let create = Command::CreateMixer(mixer, group, rate);
        if self.inner.send(mixer.0, create).is_err() {
            mixers.fetch_sub(1, Ordering::SeqCst);
        }
        mixer
    }

    /// From now on `member` (a leg, a player or a feed) is heard in the mixer, besides
    /// whoever hears it anyway. Joining says nothing about what a leg hears: see
    /// [`Media::hear`]. At most [`crate::MIXER_MEMBERS_MAX`] are heard.
    pub fn join_mixer(&self, mixer: MixerId, member: Source) {
        self.order(mixer.0, Command::JoinMixer(mixer, member));
    }

    /// `member` is no longer heard in the mixer. Closing a leg and stopping a
    /// player do the same.
    pub fn leave_mixer(&self, mixer: MixerId, member: Source) {
        self.order(mixer.0, Command::LeaveMixer(mixer, member));
    }

    /// Removes a mixer; its listeners hear silence.
    pub fn close_mixer(&self, mixer: MixerId) {
        self.order(mixer.0, Command::CloseMixer(mixer));
    }

    /// Begins a recording, silent until something is put into it with
    /// [`Media::record`], unless it is of a leg. The file must not be there yet and
    /// the folder above its own must; it is written as it happens under its path with
    /// `.part` after it (see [`recover_recording`](crate::recover_recording)) and gets
    /// its name when it is whole.
    pub fn create_recorder(&self, group: u64, spec: RecorderSpec) -> RecorderId {
        let recorder = RecorderId(self.inner.new_id(group));
        let recorders = &self.inner.shared.recorders;
        recorders.fetch_add(1, Ordering::SeqCst);
        let create = Command::CreateRecorder(CreateRecorder {
            recorder,
            group,
            spec,
        });
        if self.inner.send(recorder.0, create).is_err() {
            recorders.fetch_sub(1, Ordering::SeqCst);
        }
        recorder
    }

    /// From now on what `input` says is recorded on `side`, mixed with what is there already;
    /// in a recording that is not stereo both sides are one.
    pub fn record(&self, recorder: RecorderId, side: Side, input: Source) {
        self.order(recorder.0, Command::Record(recorder, side, input));
    }

    /// `input` is no longer recorded on `side`.
    pub fn unrecord(&self, recorder: RecorderId, side: Side, input: Source) {
        self.order(recorder.0, Command::Unrecord(recorder, side, input));
    }

    /// While muted a recorder writes silence: time goes on.
    pub fn mute_recorder(&self, recorder: RecorderId, muted: bool) {
        self.order(recorder.0, Command::MuteRecorder(recorder, muted));
    }

    /// Ends a recording: [`crate::MediaEvent::RecorderFinished`] follows.
    pub fn stop_recorder(&self, recorder: RecorderId) {
        self.order(recorder.0, Command::StopRecorder(recorder));
    }

    /// Live objects.
    pub fn counts(&self) -> MediaCounts {
        let shared = &self.inner.shared;
        MediaCounts {
            legs: shared.legs.load(Ordering::SeqCst),
            players: shared.players.load(Ordering::SeqCst),
            mixers: shared.mixers.load(Ordering::SeqCst),
            recorders: shared.recorders.load(Ordering::SeqCst),
            feeds: shared.feeds.load(Ordering::SeqCst),
            streams: shared.streams.load(Ordering::SeqCst),
        }
    }

    /// What went over a leg so far, or `None` if it is closed. Waits for the
    /// media thread, so it must not be called from the event sink.
    pub fn stats(&self, leg: LegId) -> Option<LegStats> {
        let (answer, answered) = crossbeam_channel::bounded(1);
        self.order(leg.0, Command::Stats(leg, answer));
        answered.recv_timeout(STATS_WAIT).ok()
    }

    /// Stops the threads and closes everything.
    pub fn shutdown(&self) {
        self.inner.stop();
        let me = std::thread::current().id();
        for join in self.inner.joins.lock().drain(..) {
            if join.thread().id() != me && join.join().is_err() {
                tracing::error!("a media thread had panicked");
            }
        }
    }

    /// Sends a command that may come too late without harm.
    fn order(&self, id: u64, command: Command) {
        if let Err(command) = self.inner.send(id, command) {
            tracing::debug!(?command, "the media threads have stopped");
        }
    }
}

impl Inner {
    /// A new id that names the thread of `group`.
    fn new_id(&self, group: u64) -> u64 {
        let number = self.next_id.fetch_add(1, Ordering::Relaxed);
        // Groups may be counted up by their maker in any step; mixing spreads them.
        let mixed = group.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (number << 8) | (mixed % self.threads.len() as u64)
    }

    /// Sends a command to the thread named by `id`; gives it back if that has stopped.
    fn send(&self, id: u64, command: Command) -> Result<(), Command> {
        let Some(thread) = self.threads.get((id & 0xff) as usize) else {
            return Err(command);
        };
        thread.send(command)
    }

    fn stop(&self) {
        for thread in &self.threads {
            // A thread that has stopped before needs no telling.
            let _ = thread.send(Command::Shutdown);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Thread {
    fn send(&self, command: Command) -> Result<(), Command> {
        let sent = self.commands.send_timeout(command, COMMAND_WAIT);
        if !self.woken.swap(true, Ordering::SeqCst)
            && let Err(error) = self.waker.wake()
        {
            self.woken.store(false, Ordering::SeqCst);
            tracing::error!(%error, "a media thread cannot be woken");
        }
        sent.map_err(crossbeam_channel::SendTimeoutError::into_inner)
    }
}

fn spawn(
    number: usize,
    shared: &Arc<Shared>,
    graph: Graph,
) -> io::Result<(Thread, JoinHandle<()>)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let woken = Arc::new(AtomicBool::new(false));
    let (sender, commands) = crossbeam_channel::bounded(COMMANDS_MAX);
    let worker = Worker {
        poll,
        commands,
        woken: Arc::clone(&woken),
        _waker: Arc::clone(&waker),
        shared: Arc::clone(shared),
        graph,
        clock: Clock::start(),
    };
    let join = std::thread::Builder::new()
        .name(format!("media-{number}"))
        .spawn(move || worker.run())?;
    let thread = Thread {
        commands: sender,
        waker,
        woken,
    };
    Ok((thread, join))
}

fn random_u32() -> io::Result<u32> {
    getrandom::u32().map_err(io::Error::other)
}

fn random_seed() -> io::Result<StreamSeed> {
    let [low, high, ..] = random_u32()?.to_le_bytes();
    Ok(StreamSeed {
        ssrc: random_u32()?,
        sequence: u16::from_le_bytes([low, high]),
        timestamp: random_u32()?,
    })
}
