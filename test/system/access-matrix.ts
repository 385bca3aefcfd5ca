import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Account } from "../../src/broker/index.ts";
import { type AclPlan, accountsOf, anonymousAccount, mayAccess } from "../../src/broker/index.ts";
import { topicOf, WIRE, WIRE_KINDS } from "../../src/contract/index.ts";
import { type Listener, listenerOf } from "./broker-home.ts";

/** How one account of the plan reaches the broker under test. */
export type Dial = (account: Account, options: IClientOptions) => Promise<MqttClient>;

/** "reader < writer: topic" for each message that was delivered. */
export type Deliveries = readonly string[];

const inOrder = (left: string, right: string): number => (left < right ? -1 : 1);

const LEVELS: Readonly<Record<string, readonly string[]>> = {
  host: ["rp3", "rp4"],
  user: ["anna", "bert", "assistant"],
  channel: ["main"],
  source: ["wall"],
};
const OUTSIDE = [
  "tele/plug/SENSOR",
  "stat/plug/RESULT",
  "cmnd/plug/POWER",
  "cmnd/plug/Status",
  "zigbee2mqtt/lamp/get",
  "zigbee2mqtt/lamp/set",
  "homeassistant/device/nixwave_v1_host_nuc/config",
  "homeassistant/update/nixwave_nuc/config",
  "homeassistant/status",
  "elsewhere/x",
];

/** Every topic of the wire with each name that matters, topics of devices, and some that are nobody's. */
export function matrixTopics({ base }: AclPlan): readonly string[] {
  const onWire = WIRE_KINDS.flatMap((kind) => {
    const level = /<(\w+)>/.exec(WIRE[kind].topic)?.[1];
    const names = level === undefined ? [""] : (LEVELS[level] ?? []);
    return names.map((name) =>
      topicOf(base, { kind, ...(level !== undefined && { [level]: name }) } as never),
    );
  });
  return [
    ...onWire,
    ...OUTSIDE,
    `${base}/unknown`,
    `${base}/hosts/rp3/unknown`,
    "nixwave/v0/hub/status",
  ];
}

export const subjectsOf = (plan: AclPlan): readonly Account[] => [
  ...accountsOf(plan),
  anonymousAccount(plan.deviceTopics, plan.openButtons),
];

/** What must be delivered, from `mayAccess` alone. */
export function expectedDeliveries(plan: AclPlan): Deliveries {
  const subjects = subjectsOf(plan);
  const told: string[] = [];
  for (const writer of subjects) {
    for (const topic of matrixTopics(plan)) {
      if (!mayAccess(writer, "write", topic, plan.base)) continue;
      for (const reader of subjects) {
        if (!mayAccess(reader, "read", topic, plan.base)) continue;
        told.push(`${reader.user} < ${writer.user}: ${topic}`);
      }
    }
  }
  return told.sort(inOrder);
}

/** What a real broker delivers when every account publishes on every topic and listens to all. */
export async function measuredDeliveries(
  plan: AclPlan,
  dial: Dial,
  qos: 0 | 1 | 2,
): Promise<Deliveries> {
  const subjects = subjectsOf(plan);
  const clients = await Promise.all(
    subjects.map((account) => dial(account, { clientId: account.user, reconnectPeriod: 0 })),
  );
  try {
    const ears: Listener[] = clients.map(listenerOf);
    await Promise.all(clients.map((client) => client.subscribeAsync("#", { qos })));
    const topics = matrixTopics(plan);
    for (const [index, writer] of clients.entries()) {
      const name = subjects[index]?.user ?? "";
      for (const some of inTurns(topics)) {
        await Promise.all(some.map((topic) => writer.publishAsync(topic, name, { qos })));
      }
      await answered(writer);
    }
    // Everybody may read this; whatever was delivered before it is there when it comes.
    const fence = topicOf(plan.base, { kind: "hubStatus" });
    const hub = clients[subjects.findIndex(({ role }) => role === "hub")];
    await hub?.publishAsync(fence, "fence", { qos });
    await Promise.all(ears.map((ear) => ear.until(fence, "fence")));
    return ears
      .flatMap((ear, reader) =>
        ear.heard
          .filter(({ text }) => text !== "fence")
          .map(({ topic, text }) => `${subjects[reader]?.user} < ${text}: ${topic}`),
      )
      .sort(inOrder);
  } finally {
    for (const client of clients) client.end(true);
  }
}

/**
 * mosquitto 2.0.11 acknowledges what a 3.1.1 client sends at QoS 2 beyond `max_inflight_messages` (20) and
 * delivers none of it. Nixwave speaks QoS 0 and 1, where all arrives.
 */
function inTurns(topics: readonly string[], size = 20): readonly (readonly string[])[] {
  const turns = Math.ceil(topics.length / size);
  return Array.from({ length: turns }, (_, turn) => topics.slice(turn * size, (turn + 1) * size));
}

/** After SUBACK the broker has taken all that was sent before, also at QoS 0. */
const answered = (client: MqttClient): Promise<unknown> =>
  client.subscribeAsync("tele/#", { qos: 0 }).catch(() => undefined);

export const dialUrl = (url: string, options: IClientOptions): Promise<MqttClient> =>
  mqtt.connectAsync(url, options, false);
