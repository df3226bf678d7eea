/**
 * Which of several open tabs rings. There is no standing leader that could
 * die unnoticed: each offer is settled anew. The tab used last goes first, the
 * others wait a moment for it to say that it rings, and ring themselves if it
 * does not. Two that begin at once settle it by their names.
 *
 * Pure: `step(election, input)` gives the next election and what to do.
 */

/** What a tab knows of the present offer and of its neighbours. */
export type Election = Readonly<{
  /** This tab's name, different from every other tab's. */
  me: string;
  /** The tab used last; `null` while unknown. */
  usedLast: string | null;
  /** Whether this tab may make a sound. */
  canSound: boolean;
  offer: string | null;
  /** Who rings for the offer; `null` while it is open. */
  ringer: string | null;
}>;

/** What tabs say to each other. */
export type Word =
  | { says: "used"; tab: string }
  | { says: "gone"; tab: string }
  | { says: "ringing"; tab: string; offer: string };

/** What can happen. */
export type ElectionInput =
  | { is: "offered"; offer: string }
  | { is: "over" }
  /** The wait that `wait` asked for is over. */
  | { is: "waited"; offer: string }
  /** The person used this tab. */
  | { is: "used"; canSound: boolean }
  | { is: "heard"; word: Word };

/** What to do, in order. */
export type ElectionEffect =
  | { do: "ring"; offer: string }
  | { do: "hush" }
  | { do: "wait"; offer: string; ms: number }
  | { do: "say"; word: Word };

/** Long enough for a message between tabs of one browser, short enough to lose no ring. */
export const WAIT_MS_SOUND = 400;
/** A tab that may only show a notification gives those with sound a chance first. */
export const WAIT_MS_SILENT = 800;

/** A tab that has not been used yet. */
export function newElection(me: string): Election {
  return { me, usedLast: null, canSound: false, offer: null, ringer: null };
}

type Step = [Election, ElectionEffect[]];

/** Takes one input. */
export function step(election: Election, input: ElectionInput): Step {
  switch (input.is) {
    case "offered": {
      if (election.offer === input.offer) return [election, []];
      const next: Election = { ...election, offer: input.offer, ringer: null };
      if (election.canSound && election.usedLast === election.me) return ring(next, input.offer);
      const ms = election.canSound ? WAIT_MS_SOUND : WAIT_MS_SILENT;
      return [next, [{ do: "hush" }, { do: "wait", offer: input.offer, ms }]];
    }
    case "over":
      return [{ ...election, offer: null, ringer: null }, [{ do: "hush" }]];
    case "waited":
      return election.offer === input.offer && election.ringer === null ? ring(election, input.offer) : [election, []];
    case "used": {
      const said = election.usedLast === election.me && election.canSound === input.canSound;
      const next: Election = { ...election, usedLast: election.me, canSound: input.canSound };
      return [next, said ? [] : [{ do: "say", word: { says: "used", tab: election.me } }]];
    }
    case "heard":
      return heard(election, input.word);
  }
}

function ring(election: Election, offer: string): Step {
  const word: Word = { says: "ringing", tab: election.me, offer };
  return [{ ...election, ringer: election.me }, [{ do: "ring", offer }, { do: "say", word }]];
}

function heard(election: Election, word: Word): Step {
  switch (word.says) {
    case "used":
      return [{ ...election, usedLast: word.tab }, []];
    case "gone":
      return [election.usedLast === word.tab ? { ...election, usedLast: election.me } : election, []];
    case "ringing": {
      if (word.offer !== election.offer) return [election, []];
      if (election.ringer !== election.me) return [{ ...election, ringer: word.tab }, []];
      if (word.tab > election.me) return [election, []]; // the other one hears us and gives way
      return [{ ...election, ringer: word.tab }, [{ do: "hush" }]];
    }
  }
}
