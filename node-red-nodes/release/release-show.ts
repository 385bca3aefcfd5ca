import type { Conductor, Examined } from "../../src/conductor/index.ts";
import { type Release, releaseDigest } from "../../src/contract/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { FlowMessage, NodeStatus, RedNode } from "../runtime/red.ts";
import { readable } from "../shared-by-nodes/on-input.ts";
import { say } from "../shared-by-nodes/status-words.ts";

type ShownNode = Pick<RedNode, "error" | "log" | "send" | "status" | "warn">;
type Source = "broker" | "web";

const MINUTE_MS = 60_000;
/** A web that does not answer for longer than this takes the place of what was shown. */
const LONG_MS = 30 * MINUTE_MS;

/** Output 1: verified; output 2: what was refused, and why. */
export class ReleaseShow {
  readonly #node: ShownNode;
  readonly #conductor: Pick<Conductor, "examine">;
  readonly #language: Language;
  /** What stands below the node while the web answers; null: nothing came yet. */
  #stand: NodeStatus | null = null;
  /** An address that was refused stays so until the flow is deployed anew, whatever the broker brings. */
  #fault: NodeStatus | null = null;
  #answeredAt = Date.now();
  #isAway: boolean = false;
  #last: { readonly digest: string; readonly from: Source } | null = null;

  constructor(node: ShownNode, conductor: Pick<Conductor, "examine">, language: Language) {
    this.#node = node;
    this.#conductor = conductor;
    this.#language = language;
  }

  waits(): void {
    if (this.#stand === null) this.#shows(this.#status("grey", "waitsForRelease"));
  }

  /** The node cannot look at the web as its dialog says; what the broker brings still passes. */
  unusable(why: string): void {
    this.#fault = { fill: "red", shape: "ring", text: say(this.#language, "wrongSettings") };
    this.#node.error(why);
    this.#shows(this.#fault);
  }

  #shows(status: NodeStatus): void {
    this.#node.status(this.#fault ?? status);
  }

  /** What was fetched comes back from the broker, and the other way round: a flow begins once. */
  heard(release: Release, from: Source): void {
    if (from === "web") this.#answered();
    const digest = releaseDigest(release);
    if (this.#last?.digest === digest && this.#last.from !== from) return;
    this.#last = { digest, from };
    const examined = this.#conductor.examine(release);
    const { refused, hosts } = examined;
    if (refused[0]) this.#node.warn(`${refused[0].code}: ${refused[0].message}`);
    this.#stand =
      hosts.length > 0
        ? this.#status("green", "hostsVerified", { count: String(hosts.length) })
        : this.#status("red", "releaseRejected");
    this.#shows(this.#stand);
    this.#node.send([verified(examined, release), rejected(examined)]);
  }

  quiet(kind: "unchanged" | "absent" | "busy"): void {
    if (kind === "busy") this.#missed();
    else this.#answered();
    if (kind === "absent") this.waits();
  }

  failed(error: Error): void {
    this.#node.warn(`${readable(error).name}: ${error.message}`);
    if (this.#stand === null) {
      this.#isAway = true;
      this.#node.status(this.#status("yellow", "cannotFetch"));
    }
    this.#missed();
  }

  #answered(): void {
    this.#answeredAt = Date.now();
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#node.log("the release's web address answers again");
    if (this.#stand) this.#node.status(this.#stand);
    else this.waits();
  }

  /** What hangs below the node must not look well for weeks while nothing new can come. */
  #missed(): void {
    const sinceMs = Date.now() - this.#answeredAt;
    if (sinceMs < LONG_MS) return;
    this.#isAway = true;
    this.#node.status(this.#status("yellow", "webAway", { left: roughly(sinceMs) }));
  }

  #status(
    fill: "green" | "grey" | "red" | "yellow",
    word: "hostsVerified" | "releaseRejected" | "cannotFetch" | "waitsForRelease" | "webAway",
    values = {},
  ) {
    const shape = fill === "yellow" ? ("ring" as const) : ("dot" as const);
    return { fill, shape, text: say(this.#language, word, values) };
  }
}

function roughly(ms: number): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

function verified({ hosts, serial, title }: Examined, release: Release): FlowMessage | null {
  if (hosts.length === 0) return null;
  return { payload: { serial, title, hosts }, nixwave: { release } };
}

const rejected = ({ refused }: Examined): FlowMessage | null =>
  refused.length === 0 ? null : { payload: refused };
