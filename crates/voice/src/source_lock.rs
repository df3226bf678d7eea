//! Which source may send RTP to a leg: the address of the SDP, or one that is
//! proven to be the same phone behind a NAT.
//!
//! Without this anybody who finds the port can talk into a call or draw its
//! audio to himself ("RTP bleed", AST-2017-005 and -008).

use std::net::SocketAddr;

/// Sequential packets of one stream that prove a source: 100 ms of audio. A
/// stray packet of an older call or a scanner does not send five in order; a
/// phone behind a NAT loses only its first tenth of a second.
pub const PROOF_PACKETS: u8 = 5;

/// Foreign sources whose packets are counted at a time. The real one and a few strays.
const CANDIDATES_MAX: usize = 4;

/// What to do with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Use it.
    Accept,
    /// Use it, and send to this address from now on: it has proven itself.
    Latch(SocketAddr),
    /// A foreign source.
    Drop,
}

/// A source that is proving itself.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    last_sequence: u16,
    in_order: u8,
}

/// The lock of one leg.
#[derive(Clone, Debug)]
pub struct SourceLock {
    /// What the SDP said.
    agreed: SocketAddr,
    /// Whose packets are taken: the agreed address until another has proven itself.
    accepted: SocketAddr,
    /// Once a source has proven itself nothing moves until [`SourceLock::agree`].
    locked: bool,
    candidates: Vec<Candidate>,
}

impl SourceLock {
    /// A lock that expects the address of the SDP.
    pub fn new(agreed: SocketAddr) -> Self {
        Self {
            agreed,
            accepted: agreed,
            locked: false,
            candidates: Vec::new(),
        }
    }

    /// A new SDP exchange (re-INVITE): the source may be proven once more. If
    /// the SDP names the same address as before, a source proven behind a NAT
    /// stays accepted meanwhile, so that a session refresh is not heard.
    pub fn agree(&mut self, agreed: SocketAddr) {
        if agreed != self.agreed {
            self.agreed = agreed;
            self.accepted = agreed;
        }
        self.locked = false;
        self.candidates.clear();
    }

    /// Where to send to: the agreed address, or the proven one.
    pub fn accepted(&self) -> SocketAddr {
        self.accepted
    }

    /// The source that has proven itself, if one has: nothing else is accepted.
    pub fn proven(&self) -> Option<SocketAddr> {
        self.locked.then_some(self.accepted)
    }

    /// Judges an RTP packet by where it came from.
    #[inline]
    pub fn judge(&mut self, from: SocketAddr, ssrc: u32, sequence: u16) -> Verdict {
        if self.locked {
            return if from == self.accepted {
                Verdict::Accept
            } else {
                Verdict::Drop
            };
        }
        self.prove(from, ssrc, sequence)
    }

    fn prove(&mut self, from: SocketAddr, ssrc: u32, sequence: u16) -> Verdict {
        let known = self
            .candidates
            .iter_mut()
            .find(|c| c.from == from && c.ssrc == ssrc);
        let in_order = match known {
            Some(candidate) => {
                candidate.in_order = if sequence == candidate.last_sequence.wrapping_add(1) {
                    candidate.in_order + 1
                } else {
                    1
                };
                candidate.last_sequence = sequence;
                candidate.in_order
            }
            None => {
                self.add_candidate(from, ssrc, sequence);
                1
            }
        };
        let expected = from == self.accepted;
        if in_order >= PROOF_PACKETS {
            self.locked = true;
            self.accepted = from;
            self.candidates = Vec::new();
            if !expected {
                return Verdict::Latch(from);
            }
        }
        if expected {
            Verdict::Accept
        } else {
            Verdict::Drop
        }
    }

    /// Counts a new source, in place of the one with the least proof when there are too many.
    fn add_candidate(&mut self, from: SocketAddr, ssrc: u32, last_sequence: u16) {
        if self.candidates.len() >= CANDIDATES_MAX {
            let least = self
                .candidates
                .iter()
                .enumerate()
                .min_by_key(|(_, c)| c.in_order)
                .map(|(i, _)| i);
            if let Some(least) = least {
                self.candidates.remove(least);
            }
        }
        self.candidates.push(Candidate {
            from,
            ssrc,
            last_sequence,
            in_order: 1,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 4_000))
    }

    #[test]
    fn the_address_of_the_sdp_is_accepted_from_its_first_packet() {
        let mut lock = SourceLock::new(address(1));
        assert_eq!(lock.judge(address(1), 9, 100), Verdict::Accept);
    }

    #[test]
    fn a_foreign_source_is_dropped_until_proven_and_latched_once() {
        let mut lock = SourceLock::new(address(1));
        for sequence in 0..u16::from(PROOF_PACKETS) - 1 {
            assert_eq!(lock.judge(address(2), 9, sequence), Verdict::Drop);
        }
        let proof = u16::from(PROOF_PACKETS) - 1;
        assert_eq!(lock.judge(address(2), 9, proof), Verdict::Latch(address(2)));
        assert_eq!(lock.judge(address(2), 9, proof + 1), Verdict::Accept);
        assert_eq!(lock.accepted(), address(2));
        for sequence in 0..100 {
            assert_eq!(lock.judge(address(3), 9, sequence), Verdict::Drop);
            assert_eq!(lock.judge(address(1), 9, sequence), Verdict::Drop);
        }
    }

    #[test]
    fn once_the_sdp_address_has_proven_itself_no_other_can() {
        let mut lock = SourceLock::new(address(1));
        for sequence in 0..u16::from(PROOF_PACKETS) {
            assert_eq!(lock.judge(address(1), 9, sequence), Verdict::Accept);
        }
        for sequence in 0..100 {
            assert_eq!(lock.judge(address(2), 9, sequence), Verdict::Drop);
        }
    }

    #[test]
    fn packets_out_of_order_or_of_changing_streams_prove_nothing() {
        let mut lock = SourceLock::new(address(1));
        for i in 0..200u16 {
            assert_eq!(lock.judge(address(2), 9, i * 7), Verdict::Drop);
            assert_eq!(lock.judge(address(2), u32::from(i) + 10, i), Verdict::Drop);
        }
        assert_eq!(lock.proven(), None);
    }

    #[test]
    fn the_sequence_may_wrap_while_proving() {
        let mut lock = SourceLock::new(address(1));
        let verdicts: Vec<Verdict> = (0..5u16)
            .map(|i| lock.judge(address(2), 9, 65_534u16.wrapping_add(i)))
            .collect();
        assert_eq!(verdicts.last(), Some(&Verdict::Latch(address(2))));
    }

    #[test]
    fn a_crowd_of_strays_does_not_keep_the_phone_from_proving_itself() {
        let mut lock = SourceLock::new(address(1));
        let mut latched = false;
        for sequence in 0..u16::from(PROOF_PACKETS) + 1 {
            for stray in 10..13 {
                lock.judge(address(stray), 1, sequence.wrapping_mul(31));
            }
            latched |= lock.judge(address(2), 9, sequence) == Verdict::Latch(address(2));
        }
        assert!(latched);
    }

    #[test]
    fn a_new_sdp_opens_the_lock_for_its_address_only() {
        let mut lock = SourceLock::new(address(1));
        for sequence in 0..10 {
            lock.judge(address(2), 9, sequence);
        }
        lock.agree(address(3));
        assert_eq!(lock.judge(address(3), 9, 50), Verdict::Accept);
        assert_eq!(lock.judge(address(2), 9, 50), Verdict::Drop);
    }

    #[test]
    fn a_refresh_with_the_same_sdp_keeps_the_proven_source_and_lets_it_move_once() {
        let mut lock = SourceLock::new(address(1));
        for sequence in 0..10 {
            lock.judge(address(2), 9, sequence);
        }
        lock.agree(address(1));
        assert_eq!(lock.judge(address(2), 9, 10), Verdict::Accept);
        assert_eq!(lock.accepted(), address(2));
        for sequence in 0..u16::from(PROOF_PACKETS) {
            lock.judge(address(4), 9, sequence);
        }
        assert_eq!(lock.accepted(), address(4));
    }
}
