import type { Bus } from "../../src/bus/index.ts";
import type { EpochMs, HostName, Reported, SessionId } from "../../src/contract/index.ts";
import type { Places } from "../activator/places.ts";
import type { WitnessRounds } from "../probe/witness-rounds.ts";
import type { BootMoment } from "./boot-time.ts";
import type { OwnFacts } from "./own-facts.ts";

/** What the agent's talk is made of. */
export interface TalkParts {
  readonly host: HostName;
  readonly places: Pick<Places, "inbox" | "reportFolder" | "report" | "out" | "progress" | "log">;
  readonly version: string;
  readonly publishLog: boolean;
  /** A new connection under this session, with birth and will. */
  readonly openBus: (session: SessionId) => Promise<Bus>;
  /** @param isClockKnown the activator has said that the clock is right */
  readonly facts: (isClockKnown: boolean) => Promise<OwnFacts>;
  readonly bootMoment: () => BootMoment;
  /** What this host sees of others; null where it is nobody's witness. */
  readonly witness: Pick<WitnessRounds, "begin" | "reports" | "end"> | null;
  readonly now: () => EpochMs;
  readonly say: (line: string) => void;
  /** An order lies in the inbox. On a real host systemd sees it too (PathExists), and this does nothing. */
  readonly dropped: () => void;
  /** Each report, after it was handed to the bus. */
  readonly reported: (report: Reported) => void;
}
