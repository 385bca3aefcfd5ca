import type { Conductor, Examined } from "../../src/conductor/index.ts";
import { parseDuration, type Release, releaseDigest } from "../../src/contract/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { FlowMessage, NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { parseBearerToken } from "../shared-by-nodes/bearer-token.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, readable } from "../shared-by-nodes/on-input.ts";
import { say } from "../shared-by-nodes/status-words.ts";
import { BringHome } from "./bring-home.ts";
import { startPoller } from "./poller.ts";

export default function registerRelease(red: Red): void {
  function ReleaseNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    joinFleet(red, this, config, (conductor, { language }) => {
      const show = new ReleaseShow(this, conductor, language);
      const stops = [
        conductor.onRelease(guarded(this, (release: Release) => show.heard(release, "broker"))),
        poll(this, config, show, new BringHome(this, conductor)),
      ];
      show.waits();
      return () => {
        for (const stop of stops) stop();
      };
    });
  }
  red.nodes.registerType("nixwave-release", ReleaseNode, {
    credentials: { token: { type: "password" } },
  });
}

type Source = "broker" | "web";

/** Output 1: verified; output 2: what was refused, and why. */
class ReleaseShow {
  readonly #node: RedNode;
  readonly #conductor: Conductor;
  readonly #language: Language;
  #shown: boolean = false;
  #last: { readonly digest: string; readonly from: Source } | null = null;

  constructor(node: RedNode, conductor: Conductor, language: Language) {
    this.#node = node;
    this.#conductor = conductor;
    this.#language = language;
  }

  waits(): void {
    if (this.#shown) return;
    const text = say(this.#language, "waitsForRelease");
    this.#node.status({ fill: "grey", shape: "dot", text });
  }

  /** What was fetched comes back from the broker, and the other way round: a flow begins once. */
  heard(release: Release, from: Source): void {
    const digest = releaseDigest(release);
    if (this.#last?.digest === digest && this.#last.from !== from) return;
    this.#last = { digest, from };
    this.#shown = true;
    const examined = this.#conductor.examine(release);
    const { refused, hosts } = examined;
    if (refused[0]) this.#node.warn(`${refused[0].code}: ${refused[0].message}`);
    this.#node.status(
      hosts.length > 0
        ? this.#status("green", "hostsVerified", { count: String(hosts.length) })
        : this.#status("red", "releaseRejected"),
    );
    this.#node.send([verified(examined, release), rejected(examined)]);
  }

  quiet(kind: "unchanged" | "absent" | "busy"): void {
    if (kind === "absent") this.waits();
  }

  failed(error: Error): void {
    this.#node.warn(`${readable(error).name}: ${error.message}`);
    if (!this.#shown) this.#node.status(this.#status("yellow", "cannotFetch"));
  }

  #status(
    fill: "green" | "red" | "yellow",
    word: "hostsVerified" | "releaseRejected" | "cannotFetch",
    values = {},
  ) {
    const shape = fill === "yellow" ? ("ring" as const) : ("dot" as const);
    return { fill, shape, text: say(this.#language, word, values) };
  }
}

function verified({ hosts, serial, title }: Examined, release: Release): FlowMessage | null {
  if (hosts.length === 0) return null;
  return { payload: { serial, title, hosts }, nixwave: { release } };
}

const rejected = ({ refused }: Examined): FlowMessage | null =>
  refused.length === 0 ? null : { payload: refused };

const LEAST_MS = 30_000;

/** Where CI cannot reach the broker, the hub fetches (DESIGN 10). */
function poll(node: RedNode, config: NodeConfig, show: ReleaseShow, home: BringHome): () => void {
  const url = String(config["url"] ?? "").trim();
  if (url === "") return () => undefined;
  try {
    const every = parseDuration(String(config["every"] || "5m"));
    const { protocol } = new URL(url);
    if (protocol !== "https:" && protocol !== "http:") throw new Error("is no web address");
    return startPoller({
      url,
      token: parseBearerToken(node.credentials?.["token"]),
      everyMs: Math.max(LEAST_MS, every),
      onRelease: guarded(node, (release: Release) => {
        show.heard(release, "web");
        home.bring(release);
      }),
      onQuiet: (kind) => {
        show.quiet(kind);
        home.again();
      },
      onFailed: (error) => show.failed(error),
    });
  } catch (error) {
    node.error(`${url}: ${readable(error).message}`);
    return () => undefined;
  }
}
