//! What is heard in place of lost audio: the last pitch period again and again,
//! fading out (after the idea of ITU-T G.711 appendix I). Lengths are those at 8 kHz.

/// Samples kept of what was heard: 40 ms, two of the longest periods.
const HISTORY_SAMPLES: usize = 320;

/// Shortest and longest pitch period, samples: 200 Hz and 66 Hz, as in the appendix.
const PERIOD_MIN: usize = 40;
const PERIOD_MAX: usize = 120;

/// Samples over which two stretches are compared: more than the longest period,
/// so that a deep voice is compared whole.
const COMPARED_SAMPLES: usize = 160;

/// Samples before the fading begins, and until silence: 10 ms and 60 ms.
const STEADY_SAMPLES: usize = 80;
const SILENT_AFTER_SAMPLES: usize = 480;

/// Samples over which made-up sound goes over into heard sound: 4 ms.
const CROSSFADE_SAMPLES: usize = 32;

/// What the stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Hearing,
    /// `made` samples were made up so far by repeating the last `period`.
    MakingUp {
        period: usize,
        made: usize,
    },
    /// Heard sound is back; `made` goes on under it for a moment.
    ComingBack {
        period: usize,
        made: usize,
        faded: usize,
    },
}

/// The concealment of one stream.
#[derive(Clone, Debug)]
pub(crate) struct Concealment {
    /// How many times more samples there are than at 8 kHz.
    factor: usize,
    /// The last samples that were heard, as a ring.
    history: Box<[i16]>,
    next: usize,
    /// Nothing but zeros were heard for the whole history: silence stays silent.
    heard: usize,
    state: State,
}

impl Concealment {
    /// For a stream with `factor` times as many samples as at 8 kHz.
    pub(crate) fn new(factor: usize) -> Self {
        Self {
            factor,
            history: vec![0; HISTORY_SAMPLES * factor].into_boxed_slice(),
            next: 0,
            heard: 0,
            state: State::Hearing,
        }
    }

    /// A length at 8 kHz as one at the rate of this stream.
    fn samples(&self, narrow: usize) -> usize {
        narrow * self.factor
    }

    /// Takes a sample that was heard and gives what is to be played for it.
    pub(crate) fn pass(&mut self, sample: i16) -> i16 {
        let played = match self.state {
            State::Hearing => sample,
            State::MakingUp { period, made } => {
                self.state = State::ComingBack {
                    period,
                    made,
                    faded: 0,
                };
                self.come_back(sample)
            }
            State::ComingBack { .. } => self.come_back(sample),
        };
        if self.state == State::Hearing {
            self.remember(sample);
        }
        played
    }

    /// A sample in place of one that is missing.
    pub(crate) fn make_up(&mut self) -> i16 {
        let (period, made) = match self.state {
            State::Hearing => (self.period(), 0),
            State::MakingUp { period, made } | State::ComingBack { period, made, .. } => {
                (period, made)
            }
        };
        self.state = State::MakingUp {
            period,
            made: made + 1,
        };
        self.made_up(period, made)
    }

    fn come_back(&mut self, sample: i16) -> i16 {
        let State::ComingBack {
            period,
            made,
            faded,
        } = self.state
        else {
            return sample;
        };
        let old = i32::from(self.made_up(period, made));
        let weight = faded as i32 + 1;
        let whole = self.samples(CROSSFADE_SAMPLES) as i32 + 1;
        let mixed = (i32::from(sample) * weight + old * (whole - weight)) / whole;
        self.state = if faded + 1 >= self.samples(CROSSFADE_SAMPLES) {
            State::Hearing
        } else {
            State::ComingBack {
                period,
                made: made + 1,
                faded: faded + 1,
            }
        };
        mixed as i16
    }

    /// The made-up sample number `made`.
    fn made_up(&self, period: usize, made: usize) -> i16 {
        if made >= self.samples(SILENT_AFTER_SAMPLES) || self.heard == 0 {
            return 0;
        }
        let left =
            (self.samples(SILENT_AFTER_SAMPLES) - made.max(self.samples(STEADY_SAMPLES))) as i32;
        let whole = (self.samples(SILENT_AFTER_SAMPLES) - self.samples(STEADY_SAMPLES)) as i32;
        let again = self.ago(period - made % period);
        (i32::from(again) * left / whole) as i16
    }

    fn remember(&mut self, sample: i16) {
        if let Some(slot) = self.history.get_mut(self.next) {
            *slot = sample;
        }
        self.next = (self.next + 1) % self.samples(HISTORY_SAMPLES);
        self.heard = (self.heard + 1).min(self.samples(HISTORY_SAMPLES));
    }

    /// The sample heard `samples` ago; 1 is the last.
    fn ago(&self, samples: usize) -> i16 {
        let place =
            (self.next + self.samples(HISTORY_SAMPLES) - samples) % self.samples(HISTORY_SAMPLES);
        self.history.get(place).copied().unwrap_or(0)
    }

    /// The distance at which the end of the history is most like itself.
    fn period(&self) -> usize {
        let mut last = vec![0f32; self.samples(COMPARED_SAMPLES + PERIOD_MAX)];
        for (i, value) in last.iter_mut().enumerate() {
            *value =
                f32::from(self.ago(self.samples(COMPARED_SAMPLES) + self.samples(PERIOD_MAX) - i));
        }
        let (_, newest) = last.split_at(self.samples(PERIOD_MAX));
        let likeness = |period: usize| {
            let before = last
                .get(self.samples(PERIOD_MAX) - period..)
                .unwrap_or_default();
            let (mut product, mut power) = (0.0, 1.0);
            for (now, then) in newest.iter().zip(before) {
                product += now * then;
                power += then * then;
            }
            product / power.sqrt()
        };
        (self.samples(PERIOD_MIN)..=self.samples(PERIOD_MAX))
            .max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))
            .unwrap_or(self.samples(PERIOD_MAX))
    }
}
