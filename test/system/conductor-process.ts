// Run by test/system/conductor.test.ts: a hub's shell over a real broker, which ends itself with SIGKILL at a
// chosen step, or runs until it is ended. Says in lines of JSON what a test waits for.
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import process from "node:process";
import { clientIdFor, openBus, parseBrokerUrl } from "../../src/bus/index.ts";
import { openConductor } from "../../src/conductor/index.ts";
import { DEFAULT_BASE, instant, parseHostName, parseSessionId } from "../../src/contract/index.ts";
import { parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import { CHANNEL, CI_KEY, FLEET, HUB_KEY, trusting } from "../support/contract-builders.ts";

const [, , broker = "", folder = "", killAt = "0"] = process.argv;
const hosts = ["rp4", "nuc"].map(parseHostName);
const say = (what: object): void => void writeSync(1, `${JSON.stringify(what)}\n`);

let steps = 0;
/** Between any two of these the process may be gone. */
function step(name: string): void {
  steps += 1;
  if (steps !== Number(killAt)) return;
  say({ killed: name });
  process.kill(process.pid, "SIGKILL");
}

const session = parseSessionId(randomUUID());
const bus = await openBus({
  broker: parseBrokerUrl(broker),
  clientId: clientIdFor("hub", "test"),
  presence: { address: { kind: "hubStatus" }, session, appearsLater: true },
});
const retain: typeof bus.retain = (address, payload) => {
  const { kind } = address as { readonly kind: string };
  if (kind !== "desired") return bus.retain(address, payload);
  step("durable, and not ordered yet");
  const handed = bus.retain(address, payload);
  step("handed over");
  return handed.then(() => step("the broker has it"));
};
const hub = await openConductor({
  bus: new Proxy(bus, {
    get: (target, name) => {
      if (name === "retain") return retain;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  }),
  ...{ session, folder, fleet: FLEET, channel: CHANNEL, base: DEFAULT_BASE, hosts },
  ...{ releaseKeys: trusting(1, CI_KEY), key: HUB_KEY },
  plan: parsePlan({ hosts, settle: "0s", soak: "1s", lease: "10m" }),
  home: { language: "en", zone: parseTimeZone("UTC") },
  clock: () => instant(Date.now()),
  isClockSynchronised: () => true,
  onFailed: ({ code, message }) => say({ failed: code, message }),
});
hub.onRelease((release) => {
  hub.offer(release);
});
hub.onHappened(({ announcement: { type, id } }) => {
  step(`heard ${type}`);
  say({ happened: type, id });
  if (type === "RolloutEnded")
    say({ ended: hub.history(10).map(({ past }) => past.status.completion), steps });
});
bus.appear(); // as the fleet does: hosts answer a birth once
say({ open: true });
