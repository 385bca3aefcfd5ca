import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, expect, test } from "vitest";
import { base, inTempFolder, type Listener, listenerOf } from "./broker-home.ts";

const PROGRAM = join(import.meta.dirname, "broker-process.ts");
const ROUNDS = 20;
const TOPICS = 8;

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

async function startChild(stateDir: string): Promise<{ url: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, [PROGRAM, stateDir], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  const exited = once(child, "exit");
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const started = once(createInterface({ input: child.stdout }), "line") as Promise<[string]>;
  const [url] = await Promise.race([
    started,
    exited.then(() => Promise.reject(new Error(`the broker ended: ${complaint}`))),
  ]);
  return {
    url,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
      children.delete(child);
    },
  };
}

const dial = (url: string, user: string): Promise<MqttClient> =>
  mqtt.connectAsync(
    url,
    { username: user, password: user, clientId: user, reconnectPeriod: 0 },
    false,
  );

const topicOf = (index: number): string => `${base}/hosts/host-${index}/desired`;

/** What a new reader is given for each topic. */
async function retainedNow(url: string): Promise<Map<string, string>> {
  const reader = await dial(url, "anna");
  const listener: Listener = listenerOf(reader);
  await reader.subscribeAsync(`${base}/hosts/+/desired`, { qos: 0 });
  for (let index = 0; index < TOPICS; index += 1) await listener.until(topicOf(index));
  reader.end(true);
  return new Map(listener.heard.map(({ topic, text }) => [topic, text]));
}

test(`what was read back survives SIGKILL, ${ROUNDS} times`, async () => {
  await inTempFolder(async (folder) => {
    const expected = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const broker = await startChild(join(folder, "state"));
      if (round > 0) expect(await retainedNow(broker.url)).toEqual(expected);
      const [hub, anna] = await Promise.all([dial(broker.url, "hub"), dial(broker.url, "anna")]);
      const heard = listenerOf(anna);
      await anna.subscribeAsync(`${base}/hosts/+/desired`, { qos: 1 });
      // Before the kill each topic gets three values in a burst; the last one is read back.
      for (let index = 0; index < TOPICS; index += 1) {
        for (const step of ["a", "b", "c"]) {
          hub.publish(topicOf(index), `${round}${step}`, { qos: 1, retain: true });
        }
        expected.set(topicOf(index), `${round}c`);
      }
      await Promise.all([...expected].map(([topic, text]) => heard.until(topic, text)));
      await broker.kill();
      hub.end(true);
      anna.end(true);
    }
  });
});

test("a PUBACK for a retained message means that it is on disk", async () => {
  await inTempFolder(async (folder) => {
    for (let round = 0; round < 5; round += 1) {
      const broker = await startChild(join(folder, "state"));
      const hub = await dial(broker.url, "hub");
      const publishing = Array.from({ length: TOPICS }, (_, index) =>
        hub.publishAsync(topicOf(index), `${round}`, { qos: 1, retain: true }),
      );
      await Promise.all(publishing);
      await broker.kill();
      hub.end(true);
      const after = await startChild(join(folder, "state"));
      expect(new Set((await retainedNow(after.url)).values())).toEqual(new Set([`${round}`]));
      await after.kill();
    }
  });
});

test("a second process on the same state is refused, and the state is free after a SIGKILL", async () => {
  await inTempFolder(async (folder) => {
    const state = join(folder, "state");
    const first = await startChild(state);
    await expect(startChild(state)).rejects.toThrow(
      /broker-state-locked|is in use by another broker/,
    );
    await first.kill();
    await (await startChild(state)).kill();
  });
});
