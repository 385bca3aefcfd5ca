import type { ControlRequest } from "../../contract/index.ts";

/** What a person asks of the hub by name, and how its command reads. */
export interface RequestWords {
  readonly action: ControlRequest["action"];
  readonly summary: string;
  readonly description: string;
  /** "one": a host has to be named. */
  readonly host: "none" | "any" | "one";
  readonly hostWords: string;
  readonly examples: readonly string[];
}

const words = (
  action: ControlRequest["action"],
  summary: string,
  rest: Pick<RequestWords, "description" | "host"> & Partial<RequestWords>,
): RequestWords => ({ action, summary, hostWords: "", examples: [], ...rest });

/** In the order in which the help lists them. */
export const REQUESTS = {
  hold: words("hold", "let nothing new begin, for a while", {
    description:
      "Let nothing new begin. A trial under way ends in its own time; the hub says when.",
    host: "any",
    hostWords: "hold this host only",
    examples: ["nixwave hold --for 2h", "nixwave hold rp4"],
  }),
  resume: words("resume", "release holds", {
    description: "Release every hold, or those of one host.",
    host: "any",
    hostWords: "release this host's hold only",
    examples: ["nixwave resume"],
  }),
  deploy: words("deploy", "begin what waits to be started", {
    description:
      "Begin the release that waits: for its manual start, or for other releases to settle.",
    host: "none",
    examples: ["nixwave deploy", "nixwave deploy --now"],
  }),
  approve: words("approve", "let go on what asks for an approval", {
    description:
      "Approve what asks now, or one host's turn. A reboot is approved with its own risk.",
    host: "any",
    hostWords: "approve this host",
    examples: ["nixwave approve", "nixwave approve nuc"],
  }),
  skip: words("skip", "go on without a host", {
    description: "Go on without the host that failed or is silent, or without the one named.",
    host: "any",
    hostWords: "go on without this host",
    examples: ["nixwave skip x1"],
  }),
  retry: words("retry", "try again what did not do well", {
    description: "Try once more what did not do well; also lifts a host's lock.",
    host: "any",
    hostWords: "try this host again",
    examples: ["nixwave retry rp4"],
  }),
  abort: words("abort", "stop the rollout; trials return", {
    description:
      "Stop the rollout: nothing new begins, and trials that are not kept yet are undone.",
    host: "none",
    examples: ["nixwave abort"],
  }),
  rollback: words("rollback", "take one host back to what it had before", {
    description: "Take a host back to what it had before this rollout.",
    host: "one",
    hostWords: "the host that returns",
    examples: ["nixwave rollback rp4"],
  }),
  unfence: words("unfence", "choose this hub where two gave orders", {
    description: "Let this hub order again after a second one was seen. Stop the other one first.",
    host: "none",
    examples: ["nixwave unfence"],
  }),
} as const satisfies Readonly<Record<string, RequestWords>>;

export type RequestName = keyof typeof REQUESTS;
