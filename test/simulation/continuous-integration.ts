import type { Digest, EpochMs, HostName, Serial, StorePath } from "../../src/contract/index.ts";
import type { OfferedRelease } from "../../src/rollout/index.ts";
import {
  CHANNEL,
  DAY_MS,
  narHashFor,
  pathFor,
  type SealedStatement,
  sealStatement,
  statementOf,
  utf8,
} from "../support/contract-builders.ts";
import type { BrokerModel } from "./broker-model.ts";
import { type Closures, type Fate, FINE } from "./closures.ts";
import { RELEASES } from "./simulated-topics.ts";

/** What one push to the repository changes: which hosts get another closure, and how those behave. */
export interface Push {
  readonly title: string;
  /** Hosts with a new closure; none at all is a refresh. */
  readonly changed: readonly HostName[];
  readonly fates: Partial<Record<HostName, Partial<Fate>>>;
  /** Content of the release before the last one again, under a new serial. */
  readonly goesBack: boolean;
}

/**
 * CI: builds, signs one statement for each host, publishes with ever rising serials. The payload on the
 * broker is a name for the release here: its signatures and bytes are the contract's own tests.
 */
export class ContinuousIntegration {
  readonly statements = new Map<Digest, SealedStatement>();
  readonly releases = new Map<string, OfferedRelease>();
  readonly #closures: Closures;
  readonly #broker: BrokerModel;
  /** What each host was offered, one entry for each push. */
  readonly #history: Map<HostName, StorePathLabel>[] = [];
  #serial = 0;

  constructor(broker: BrokerModel, closures: Closures) {
    this.#broker = broker;
    this.#closures = closures;
  }

  /** What the hosts run at first. */
  install(hosts: readonly HostName[]): ReadonlyMap<HostName, StorePath> {
    const first = new Map(hosts.map((host) => [host, `${host} first`]));
    this.#history.push(first);
    for (const label of first.values()) this.#closures.add(pathFor(label), FINE);
    return new Map([...first].map(([host, label]) => [host, pathFor(label)]));
  }

  push(push: Push, now: EpochMs): OfferedRelease {
    this.#serial = Math.max(this.#serial + 1, now);
    const before = this.#history.at(push.goesBack ? -2 : -1) ?? this.#history[0];
    const labels = new Map(before);
    for (const host of push.changed) {
      const label = `${host} ${this.#serial}`;
      labels.set(host, label);
      this.#closures.add(pathFor(label), { ...FINE, ...push.fates[host] });
    }
    this.#history.push(labels);
    const hosts = [...labels].map(([host, label]) => this.#sign(host, label, push.title, now));
    const serial = this.#serial as Serial;
    const release = { channel: CHANNEL, serial, title: push.title, hosts };
    this.releases.set(String(serial), release);
    this.#broker.take({ topic: RELEASES, bytes: utf8(String(serial)), retain: true });
    return release;
  }

  #sign(
    host: HostName,
    label: string,
    title: string,
    now: EpochMs,
  ): OfferedRelease["hosts"][number] {
    const serial = this.#serial as Serial;
    const expires = (now + 90 * DAY_MS) as EpochMs;
    const sealed = sealStatement(statementOf(label, { host, title, serial, issued: now, expires }));
    this.statements.set(sealed.digest, sealed);
    const { storePath } = sealed.statement;
    return {
      host,
      target: storePath,
      statement: sealed.digest,
      narHash: narHashFor(label),
      serial,
    };
  }
}

type StorePathLabel = string;
