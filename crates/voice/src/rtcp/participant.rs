//! Our side of RTCP on one leg: what we have heard, what we say and when.

use super::Instant;
use super::interval::{MEMBER_INTERVALS, Population, Timer};
use super::packet::{self, Heard, ReportBlock, RtcpError, SenderInfo};
use crate::reception::Reception;

/// Streams of far ends that are known at once. There is one; more of them are a phone
/// that changed its own, or a forger, and the oldest makes room.
const MEMBERS_MAX: usize = 4;

/// A round trip over this is a far end whose clock moved, 1/65,536 s: one minute.
const ROUND_TRIP_MAX: u32 = 60 * 65_536;

/// What we have sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// RTP packets.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// The time of our stream at this instant, in its clock; wraps.
    pub rtp_timestamp: u32,
}

/// What the far end said last of what we send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FarReport {
    /// Packets that it did not get, all told; repeats make good for them.
    pub lost: i32,
    /// Share that it did not get between its last two reports, in 1/256.
    pub fraction_lost: u8,
    /// The jitter that it sees, units of the RTP clock (§6.4.1).
    pub jitter: u32,
}

/// A stream of the far end.
#[derive(Clone, Copy, Debug)]
struct Member {
    ssrc: u32,
    heard_ms: u64,
    /// When its last SR came, and the middle of the NTP timestamp in that.
    last_sr: Option<(Instant, u32)>,
}

/// Our side of one leg.
#[derive(Debug)]
pub struct Participant {
    ssrc: u32,
    cname: String,
    timer: Timer,
    members: Vec<Member>,
    far: Option<FarReport>,
    /// 1/65,536 s.
    round_trip: Option<u32>,
    /// Packets that we had sent when we reported last, and when before that (§6.3.8).
    reported_packets: [u64; 2],
    received: u64,
    refused: u64,
    said: u64,
}

impl Participant {
    /// Begins. `cname` names us in every packet; it should say nothing of who we are
    /// and be random (RFC 7022 §4.2).
    pub fn new(ssrc: u32, cname: String, now: Instant, random: u32) -> Self {
        let alone = Population {
            members: 1,
            senders: 0,
            we_send: false,
        };
        let first = packet::compound(ssrc, None, None, &cname, false).len();
        Self {
            ssrc,
            cname,
            timer: Timer::new(now.ms, first, alone, random),
            members: Vec::new(),
            far: None,
            round_trip: None,
            reported_packets: [0; 2],
            received: 0,
            refused: 0,
            said: 0,
        }
    }

    /// Takes a packet that came from the far end.
    ///
    /// # Errors
    /// [`RtcpError`]: it is not RTCP and was counted as [`Self::refused`].
    pub fn receive(&mut self, bytes: &[u8], now: Instant) -> Result<(), RtcpError> {
        let heard = match packet::parse(bytes, self.ssrc) {
            Ok(heard) => heard,
            Err(error) => {
                self.refused += 1;
                return Err(error);
            }
        };
        self.received += 1;
        self.timer.received(bytes.len());
        if heard.leaves {
            self.members.retain(|member| member.ssrc != heard.from);
            self.timer.left(now.ms, self.members.len() as u64 + 1);
        } else {
            self.note(&heard, now);
        }
        if let Some(block) = heard.about_us {
            self.far = Some(FarReport {
                lost: block.lost,
                fraction_lost: block.fraction_lost,
                jitter: block.jitter,
            });
            self.round_trip = round_trip(&block, now).or(self.round_trip);
        }
        Ok(())
    }

    /// Whether [`Self::speak`] may have something to say.
    pub fn is_due(&self, now: Instant) -> bool {
        self.timer.is_due(now.ms)
    }

    /// The packet that is to go now, if one is.
    pub fn speak(
        &mut self,
        now: Instant,
        sent: Sent,
        reception: &mut Reception,
        random: [u32; 2],
    ) -> Option<Vec<u8>> {
        let [reconsidered, next] = random;
        let population = self.population(now, sent, reception);
        if !self.timer.expire(now.ms, population, reconsidered) {
            return None;
        }
        let packet = self.packet(now, sent, reception, false);
        self.timer.sent(now.ms, packet.len(), population, next);
        let [before, _] = self.reported_packets;
        self.reported_packets = [sent.packets, before];
        self.said += 1;
        Some(packet)
    }

    /// Our last packet, with BYE; `None` if nobody has ever heard of us (§6.3.7).
    pub fn leave(
        &mut self,
        now: Instant,
        sent: Sent,
        reception: &mut Reception,
    ) -> Option<Vec<u8>> {
        if self.said == 0 && sent.packets == 0 {
            return None;
        }
        self.said += 1;
        Some(self.packet(now, sent, reception, true))
    }

    /// What the far end said last of what we send; `None` if it has said nothing.
    pub fn far(&self) -> Option<FarReport> {
        self.far
    }

    /// From us to the far end and back, microseconds (§6.4.1).
    pub fn round_trip_us(&self) -> Option<u32> {
        let us = u64::from(self.round_trip?) * 1_000_000 / 65_536;
        u32::try_from(us).ok()
    }

    /// Packets that were understood.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that were not.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Packets of ours.
    pub fn said(&self) -> u64 {
        self.said
    }

    fn note(&mut self, heard: &Heard, now: Instant) {
        let known = self.members.iter().position(|m| m.ssrc == heard.from);
        let place = known.unwrap_or_else(|| {
            if self.members.len() >= MEMBERS_MAX {
                let oldest = self.members.iter().enumerate();
                let oldest = oldest.min_by_key(|(_, m)| m.heard_ms).map(|(i, _)| i);
                self.members.remove(oldest.unwrap_or(0));
            }
            self.members.push(Member {
                ssrc: heard.from,
                heard_ms: now.ms,
                last_sr: None,
            });
            self.members.len() - 1
        });
        if let Some(member) = self.members.get_mut(place) {
            member.heard_ms = now.ms;
            if let Some(sender) = heard.sender {
                member.last_sr = Some((now, (sender.ntp >> 16) as u32));
            }
        }
    }

    /// Who takes part; forgets those who have said nothing for long (§6.3.5).
    fn population(&mut self, now: Instant, sent: Sent, reception: &Reception) -> Population {
        let we_send = self.sends(sent);
        let streams = reception.ssrc_since_report();
        let count = |members: &[Member]| {
            let silent = streams.filter(|ssrc| members.iter().all(|m| m.ssrc != *ssrc));
            Population {
                members: 1 + members.len() as u64 + u64::from(silent.is_some()),
                senders: u64::from(we_send) + u64::from(streams.is_some()),
                we_send,
            }
        };
        let before = count(&self.members);
        let patience_ms = MEMBER_INTERVALS * self.timer.plain_interval_ms(before);
        self.members
            .retain(|member| now.ms.saturating_sub(member.heard_ms) < patience_ms);
        let after = count(&self.members);
        self.timer.left(now.ms, after.members);
        after
    }

    /// Whether RTP of ours went since the report before the last (§6.3.8).
    fn sends(&self, sent: Sent) -> bool {
        let [_, before] = self.reported_packets;
        sent.packets > before
    }

    fn packet(&self, now: Instant, sent: Sent, reception: &mut Reception, leaves: bool) -> Vec<u8> {
        let sender = self.sends(sent).then_some(SenderInfo {
            ntp: now.ntp,
            rtp_timestamp: sent.rtp_timestamp,
            packets: sent.packets as u32,
            bytes: sent.bytes as u32,
        });
        let block = reception.report().map(|mut block| {
            let from = self.members.iter().find(|m| m.ssrc == block.ssrc);
            if let Some((came, middle)) = from.and_then(|member| member.last_sr) {
                block.last_sr = middle;
                block.since_last_sr = now.middle().wrapping_sub(came.middle());
            }
            block
        });
        packet::compound(
            self.ssrc,
            sender.as_ref(),
            block.as_ref(),
            &self.cname,
            leaves,
        )
    }
}

/// `A - LSR - DLSR` of §6.4.1; nothing without an SR of ours, or from a clock that jumped.
fn round_trip(block: &ReportBlock, now: Instant) -> Option<u32> {
    if block.last_sr == 0 {
        return None;
    }
    let away = now
        .middle()
        .wrapping_sub(block.last_sr)
        .wrapping_sub(block.since_last_sr);
    // A far end that rounds may come out a little below nothing.
    if away.cast_signed() < 0 && away.cast_signed() > -655 {
        return Some(0);
    }
    (away <= ROUND_TRIP_MAX).then_some(away)
}

#[cfg(test)]
#[path = "participant_tests.rs"]
mod tests;
