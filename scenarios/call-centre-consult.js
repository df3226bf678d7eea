// An agent asks a colleague about a call: loaded after call-centre.js by the same
// rule. The caller hears music while the two speak; then the colleague has the
// caller, or all three speak, or the agent goes on alone. Whoever hangs up in
// between, nobody is left on hold.

const RINGBACK = '425@-19;*(1/4/1)';

// What the backend is told of the colleague while the agent is there.
const colleague = {
    answered(made) {
        if (made.over) {
            made.leg.hangup();
            return;
        }
        clearTimeout(made.timer);
        made.talkAt = Date.now();
        report('offer_answered', { offer_id: made.id });
        consult.speakWith('colleague');
    },

    failed(made, reason, event) {
        if (made.over) return;
        endOffer(made);
        made.leg.hangup();
        const fields = { offer_id: made.id, reason, rang_ms: made.rang ? Date.now() - made.startedAt : 0 };
        if (event) Object.assign(fields, { sip_code: event.code, sip_reason: event.reason });
        report('offer_failed', fields);
        consult.backToCaller();
    },

    gone(made) {
        if (made.over) return;
        endOffer(made);
        report('consult_ended', { offer_id: made.id });
        consult.backToCaller();
    },
};

class Consult {
    constructor(id, contact, callerId, ringMs) {
        this.agent = talk;
        this.with = 'nobody'; // then colleague, caller or all
        this.players = []; // what agent or colleague hear meanwhile
        this.conference = null;
        this.made = ring(id, contact, callerId, ringMs, colleague);
        playMusic();
        this.play(VoxEngine.createToneScriptPlayer(RINGBACK, { loop: true }), this.agent.leg);
    }

    status() {
        return { offer_id: this.agent.id, consult_id: this.made.id, with: this.with };
    }

    play(player, leg) {
        this.players.push(player);
        player.sendMediaTo(leg);
    }

    // Ends whatever the three heard so far.
    quiet() {
        for (const player of this.players) player.stop();
        this.players = [];
        if (this.conference === null) return;
        for (const leg of [caller, this.agent.leg, this.made.leg]) {
            leg.stopMediaTo(this.conference);
            this.conference.stopMediaTo(leg);
        }
        VoxEngine.destroyConference(this.conference);
        this.conference = null;
    }

    speakWith(next) {
        this.quiet();
        this.with = next;
        if (next === 'colleague') {
            VoxEngine.sendMediaBetween(this.agent.leg, this.made.leg);
            playMusic();
            return;
        }
        silence();
        if (next === 'caller') {
            VoxEngine.sendMediaBetween(caller, this.agent.leg);
            this.play(VoxEngine.createURLPlayer(sound('hold-music.wav'), { loop: true }), this.made.leg);
            return;
        }
        this.conference = VoxEngine.createConference();
        for (const leg of [caller, this.agent.leg, this.made.leg]) VoxEngine.sendMediaBetween(leg, this.conference);
    }

    // The colleague has left: the agent speaks with the caller.
    backToCaller() {
        this.quiet();
        consult = null;
        silence();
        VoxEngine.sendMediaBetween(caller, this.agent.leg);
    }

    cancel() {
        if (this.with === 'nobody') {
            colleague.failed(this.made, 'cancelled');
        } else {
            colleague.gone(this.made);
            this.made.leg.hangup();
        }
        return { accepted: true };
    }

    // The colleague has the caller, the agent leaves.
    complete() {
        this.quiet();
        consult = null;
        question = null;
        endOffer(this.agent);
        talk = this.made;
        talk.then = agentLegs;
        talk.talkAt = Date.now();
        silence();
        VoxEngine.sendMediaBetween(caller, talk.leg);
        talk.leg.handleBlindTransfer(true);
        this.agent.leg.hangup();
        report('transfer_completed', { offer_id: talk.id });
    }

    // The agent has hung up: a colleague who has answered has the caller, one
    // whose phone rings is rung on.
    agentGone() {
        if (this.with !== 'nobody') {
            this.complete();
            return;
        }
        this.quiet();
        consult = null;
        question = null;
        endOffer(this.agent);
        report('agent_left', { offer_id: this.agent.id });
        this.made.then = agentLegs;
        ringing.set(this.made.id, this.made);
        doing = 'offering';
    }

    // The caller has hung up.
    drop() {
        this.quiet();
        consult = null;
        endOffer(this.made);
        this.made.leg.hangup();
    }
}

Object.assign(commands, {
    consult({ offer_id: id, contact, caller_id: callerId, ring_timeout_ms: ringMs }) {
        if (consult !== null && consult.made.id === id) return { accepted: true };
        if (talk === null || consult !== null) return { error: 'busy', ...status() };
        if (!contact || !contact[CONTACT_FIELD[contact.type]]) return { error: 'bad_contact' };
        consult = new Consult(id, contact, callerId, ringMs);
        return { accepted: true };
    },

    complete_transfer({ offer_id: id }) {
        if (consult === null || consult.made.id !== id || consult.with === 'nobody') return { error: 'no_such_offer' };
        consult.complete();
        return { accepted: true };
    },

    swap({ offer_id: id, with: next }) {
        if (consult === null || consult.made.id !== id || consult.with === 'nobody') return { error: 'no_such_offer' };
        if (next !== 'colleague' && next !== 'caller') return { error: 'bad_with' };
        if (consult.with !== next) consult.speakWith(next);
        return { accepted: true };
    },

    merge({ offer_id: id }) {
        if (consult === null || consult.made.id !== id || consult.with === 'nobody') return { error: 'no_such_offer' };
        if (consult.with !== 'all') consult.speakWith('all');
        return { accepted: true };
    },
});
