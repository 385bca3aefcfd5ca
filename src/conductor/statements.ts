import {
  type Digest,
  type Envelope,
  type EpochMs,
  type HostName,
  parseStorePath,
  type Serial,
  type StorePath,
  type VerifiedStatement,
} from "../contract/index.ts";
import { entriesOf, type RolloutState } from "../rollout/index.ts";
import type { Json, Store } from "../store/index.ts";
import type { KnownRelease } from "./conductor.ts";

/** A statement of CI as it is passed on, with what people know it by. */
export interface KeptStatement {
  readonly digest: Digest;
  readonly storePath: StorePath;
  readonly serial: Serial;
  readonly title: string | null;
  readonly issued: EpochMs;
  readonly run: string | null;
  readonly envelope: Envelope;
}

/** Of each host, beside those that the rollout still needs: enough to name what a host returned to by itself. */
const KEPT_OF_A_HOST = 8;

/**
 * Statements of known releases, durable: orders carry them verbatim, also after a restart, for a roll back and for
 * a host that was away (DESIGN 5).
 */
export class Statements {
  readonly #store: Pick<Store<never, never, never>, "keep" | "recall" | "atomically">;
  readonly #byHost = new Map<HostName, readonly KeptStatement[]>();
  readonly #byDigest = new Map<Digest, KeptStatement>();
  readonly #byPath = new Map<StorePath, KeptStatement>();

  constructor(store: Pick<Store<never, never, never>, "keep" | "recall" | "atomically">) {
    this.#store = store;
  }

  /** What an earlier process kept. */
  load(hosts: Iterable<HostName>): void {
    for (const host of hosts) {
      if (this.#byHost.has(host)) continue;
      this.#remember(host, this.#store.recall(keyOf(host), parseKept) ?? []);
    }
  }

  /** Durable when it returns. @throws NixwaveError hub-state-failed; then nothing is known */
  add(verified: readonly VerifiedStatement[], state: RolloutState): void {
    const inUse = digestsIn(state);
    const news = verified.filter(({ digest }) => !this.#byDigest.has(digest));
    if (news.length === 0) return;
    const fresh = new Set(news.map(({ digest }) => digest)); // also an older one, of a release for some hosts only
    const lists = news.map((one) => {
      const { host } = one.statement;
      const all = [keptOf(one), ...(this.#byHost.get(host) ?? [])].toSorted(
        (a, b) => b.serial - a.serial,
      );
      const kept = all.filter(
        ({ digest }, at) => at < KEPT_OF_A_HOST || inUse.has(digest) || fresh.has(digest),
      );
      return [host, kept] as const;
    });
    this.#store.atomically(() => {
      for (const [host, kept] of lists) this.#store.keep(keyOf(host), kept);
    });
    for (const [host, kept] of lists) this.#remember(host, kept);
  }

  get(digest: Digest): KeptStatement | null {
    return this.#byDigest.get(digest) ?? null;
  }

  /** The newest release with this path; null when none is known here. */
  releaseOf(path: StorePath | null): KnownRelease | null {
    const known = path === null ? undefined : this.#byPath.get(path);
    return known ? { serial: known.serial, title: known.title, issued: known.issued } : null;
  }

  #remember(host: HostName, kept: readonly KeptStatement[]): void {
    for (const before of this.#byHost.get(host) ?? []) {
      this.#byDigest.delete(before.digest);
      if (this.#byPath.get(before.storePath) === before) this.#byPath.delete(before.storePath);
    }
    this.#byHost.set(host, kept);
    for (const one of kept.toReversed()) {
      this.#byDigest.set(one.digest, one);
      this.#byPath.set(one.storePath, one);
    }
  }
}

const keyOf = (host: HostName): string => `statements/${host}`;

function keptOf({ statement, digest, envelope }: VerifiedStatement): KeptStatement {
  const { storePath, serial, title, issued, run } = statement;
  return { digest, storePath, serial, title: title ?? null, issued, run: run ?? null, envelope };
}

/** The rows are sealed by the store; whatever an older hub wrote otherwise is not known. */
function parseKept(json: Json): readonly KeptStatement[] {
  if (!Array.isArray(json)) return [];
  return (json as KeptStatement[]).filter((one) => {
    try {
      parseStorePath(one.storePath);
      return typeof one.digest === "string" && typeof one.envelope.payload === "string";
    } catch {
      return false;
    }
  });
}

function digestsIn({ hosts, next }: RolloutState): ReadonlySet<Digest> {
  const used = new Set<Digest>(next?.release.hosts.map(({ statement }) => statement));
  for (const { good, offered, missed, step } of entriesOf(hosts)) {
    for (const one of [...good, offered, missed, step]) if (one) used.add(one.statement);
  }
  return used;
}
