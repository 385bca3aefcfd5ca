import { type EndedAttempt, reportOf } from "../../agent/report.ts";
import {
  encodePayload,
  type Judgement,
  judgeOrder,
  parsePayload,
  type Reported,
  type SessionId,
} from "../../src/contract/index.ts";
import type { Letter } from "./broker-model.ts";
import { Connection } from "./connection.ts";
import type { HostActivator } from "./host-activator.ts";
import type { HostMachine } from "./host-machine.ts";
import { HUB_STATUS, topics } from "./simulated-topics.ts";

const HEARTBEAT_IN_ATTEMPT_MS = 30_000;
const HEARTBEAT_AT_REST_MS = 600_000;

type Refused = Pick<
  Extract<Judgement, { kind: "refused" | "held" }>,
  "code" | "message" | "counter"
>;

/** A host's agent: its one connection, its judgement of orders (the contract's own function), its reports. */
export class HostAgent {
  readonly connection: Connection;
  readonly #host: HostMachine;
  readonly #activator: HostActivator;
  #session: SessionId;
  #seq = 0;
  #refusal: Reported["refusal"] = null;
  #asked: EndedAttempt | null = null;
  #hubSession: string | null = null;
  #beat: () => void = () => undefined;

  constructor(host: HostMachine, activator: HostActivator) {
    this.#host = host;
    this.#activator = activator;
    this.#session = host.newId();
    const { name, world } = host;
    this.connection = new Connection(world.broker, world.clock, {
      name,
      hears: (topic) => topic === topics.desired(name) || topic === HUB_STATUS,
      receive: (letter) => this.#receive(letter),
      opened: () => this.#opened(),
      closed: () => undefined,
      will: () => this.#presence("offline"),
      after: (delayMs, what) => host.after(delayMs, what, "agent"),
    });
  }

  /** Cut short: the broker tells its will. */
  kill(): void {
    this.connection.end(true);
    this.#host.endLife("agent");
  }

  start(): void {
    this.connection.end(false);
    this.#host.endLife("agent");
    if (this.#host.world.closures.of(this.#host.current).agent === "dies") return;
    this.#session = this.#host.newId();
    this.#seq = 0;
    this.#refusal = null;
    this.#asked = null;
    this.#hubSession = null;
    this.connection.open();
  }

  /** With each new system there comes a new agent. */
  renew(): void {
    this.#host.after(500, () => this.start());
  }

  #presence(state: "online" | "offline"): Letter {
    const { name } = this.#host;
    const bytes = encodePayload("availability", { state, session: this.#session });
    return { topic: topics.availability(name), bytes, retain: true };
  }

  #opened(): void {
    this.connection.send(this.#presence("online"));
    this.report();
  }

  #receive({ topic, bytes }: Letter): void {
    if (topic === HUB_STATUS) {
      const { state, session } = parsePayload("hubStatus", bytes);
      if (state !== "online" || session === this.#hubSession) return;
      this.#hubSession = session;
      this.report();
    } else this.#judge(bytes);
  }

  report(): void {
    this.#seq += 1;
    const { trust, disk, current, booted, profile, bootId } = this.#host;
    const report = reportOf({
      ...{ trust, memory: disk, session: this.#session, seq: this.#seq, at: this.#host.now },
      ...{ synchronised: this.#host.isSynchronised, agentVersion: "0.1.0" },
      facts: { current, booted, profile, bootId, freeBytes: 1_000_000_000 },
      refusal: this.#refusal,
      asked: this.#asked,
    });
    const bytes = encodePayload("reported", report);
    this.connection.send({ topic: topics.reported(this.#host.name), bytes, retain: true });
    this.#beat();
    let isNewest = true;
    this.#beat = () => {
      isNewest = false;
    };
    const every = report.phase === "idle" ? HEARTBEAT_AT_REST_MS : HEARTBEAT_IN_ATTEMPT_MS;
    this.#host.after(every, () => isNewest && this.report(), "agent");
  }

  #judge(bytes: Uint8Array): void {
    const { trust, disk } = this.#host;
    const { ratchet, journal } = disk;
    const clock = { now: this.#host.now, synchronised: this.#host.isSynchronised };
    const judgement = judgeOrder({ trust, ratchet, journal, clock }, bytes);
    if (judgement.kind === "refused" || judgement.kind === "held") {
      this.#refuse(judgement);
      return;
    }
    const { order, statement } = judgement;
    if (judgement.kind !== "repeated") disk.accept(bytes, judgement.ratchet);
    this.#refusal = null;
    const { rollout, attempt } = order;
    this.#asked = { rollout, attempt, target: statement.storePath };
    if (judgement.kind !== "closed") {
      const refused = this.#activator.begin(judgement);
      if (refused) this.#refuse(refused);
    }
    this.report();
    this.#activator.work();
  }

  #refuse({ code, message, counter }: Refused): void {
    this.#refusal = { code, message: message.slice(0, 1000), counter, at: this.#host.now };
    this.report();
  }
}
