import { setTimeout as pause } from "node:timers/promises";
import type { Bus, Message } from "../../bus/index.ts";
import {
  NixwaveError,
  parsePayload,
  type SessionId,
  type TopicBase,
} from "../../contract/index.ts";
import { compareText } from "../compare-text.ts";
import type { ForeignBase, SensorSeen } from "./facts.ts";

/** What is said while the doctor listens. */
export interface Heard {
  readonly births: readonly SessionId[];
  readonly reports: readonly Message<"reported">[];
  readonly rollouts: readonly Message<"rolloutStatus">[];
  readonly foreign: readonly ForeignBase[];
  readonly sensors: readonly SensorSeen[];
}

/** A base has one to three levels in every home that we know of. */
const FOREIGN = ["+", "+/+", "+/+/+"].flatMap((base) => [
  `${base}/hosts/+/availability`,
  `${base}/hub/status`,
]);
const HIS = /^(.+?)\/(hosts\/[^/]+\/availability|hub\/status)$/;

interface Ears {
  readonly bus: Bus;
  readonly base: TopicBase;
  readonly listenMs: number;
  readonly sensors: readonly { readonly topic: string; readonly expiresMs: number }[];
}

/** Listens for as long as it may. What the broker refuses is not heard; snapshots say that it was refused. */
export async function hearHome({ bus, base, listenMs, sensors }: Ears): Promise<Heard> {
  const births: SessionId[] = [];
  const reports: Message<"reported">[] = [];
  const rollouts: Message<"rolloutStatus">[] = [];
  await heedless(
    bus.subscribe({ kind: "hubStatus" }, ({ payload }) => {
      if (payload.state === "online" && births.at(-1) !== payload.session)
        births.push(payload.session);
    }),
    bus.subscribe({ kind: "reported" }, (one) => void (one.retained || reports.push(one))),
    bus.subscribe({ kind: "rolloutStatus" }, (one) => void (one.retained || rollouts.push(one))),
  );
  const foreign = hearForeign(bus, base);
  const heard = hearSensors(bus, sensors);
  await pause(listenMs);
  return { births, reports, rollouts, foreign: foreign(), sensors: heard() };
}

async function heedless(...subscriptions: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(subscriptions)) {
    if (result.status === "rejected" && !(result.reason instanceof NixwaveError))
      throw result.reason;
  }
}

function hearForeign(bus: Bus, base: TopicBase): () => readonly ForeignBase[] {
  const bases = new Map<string, Set<string>>();
  for (const filter of FOREIGN) {
    listen(bus, filter, (topic, bytes) => {
      const [, other, below] = HIS.exec(topic) ?? [];
      if (other === undefined || below === undefined || other === base || !isPresence(bytes))
        return;
      bases.set(
        other,
        (bases.get(other) ?? new Set()).add(
          below.split("/")[1] === "status" ? "a hub" : (below.split("/")[1] ?? ""),
        ),
      );
    });
  }
  return () =>
    [...bases].map(([other, topics]) => ({ base: other, topics: [...topics].sort(compareText) }));
}

function isPresence(bytes: Uint8Array): boolean {
  try {
    return parsePayload("availability", bytes).state === "online";
  } catch {
    return false;
  }
}

function hearSensors(bus: Bus, sensors: Ears["sensors"]): () => readonly SensorSeen[] {
  const heard = new Map<string, "live" | "retained">();
  for (const { topic } of sensors) {
    listen(bus, topic, (_topic, _bytes, retained) => {
      if (!retained) heard.set(topic, "live");
      else if (!heard.has(topic)) heard.set(topic, "retained");
    });
  }
  return () => sensors.map((one) => ({ ...one, heard: heard.get(one.topic) ?? "never" }));
}

/** A topic that cannot be listened to is one on which nothing is heard. */
function listen(
  bus: Bus,
  filter: string,
  heard: (topic: string, bytes: Uint8Array, retained: boolean) => void,
): void {
  try {
    bus.listen(filter, ({ topic, bytes, retained }) => heard(topic, bytes, retained));
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
  }
}
