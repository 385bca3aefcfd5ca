import { formatPublicKey } from "../../src/contract/index.ts";
import { CI_KEY, FLEET } from "../support/contract-builders.ts";
import type { Message } from "./nodes-helper-rig.ts";
import { node, nuc, rp4 } from "./nodes-rig.ts";

export const soon = { timeout: 8_000, interval: 10 };
/** A message that no rollout node said. */
export const STRANGE = { payload: "hello", topic: "x" };
export const ROWS = [
  { name: "bedroom", topic: "home/bedroom", format: "plain", is: "at-least", limit: "18" },
].map((row) => ({ ...row, limitType: "num", interval: "1s" }));
export const QUICK = { soak: "1s", initialDelay: "0s", consecutiveSuccess: "1", failureCount: "1" };

export const listenTo = (id: string): Message => ({ id, type: "helper", z: "tab", x: 1, y: 1 });

export const flowOn = (brokerPort: number, phoneUrl: string): readonly Message[] => [
  { id: "tab", type: "tab", label: "Home" },
  {
    ...{ id: "broker", type: "mqtt-broker", broker: "127.0.0.1", port: String(brokerPort) },
    ...{ clientid: "", autoConnect: true, protocolVersion: "4", keepalive: "60" },
  },
  {
    ...{ id: "fleet", type: "nixwave-fleet", shape: 2, name: "home", mqttBroker: "broker" },
    ...{ fleet: FLEET, channel: "main", threshold: "1", language: "en", zone: "UTC" },
    hosts: [rp4, nuc].map((host) => ({ host, carries: [], optional: false })),
    releaseKeys: formatPublicKey(CI_KEY.publicKey),
  },
  node("release", "nixwave-release", {}, [["verified"], ["rejected"]]),
  node("rollout", "nixwave-rollout", {}, [["step"], ["finished"], ["stopped"]]),
  node("before", "nixwave-gate", { place: "before", rows: ROWS, ...QUICK }, [["passed"], [], []]),
  node("ask", "nixwave-approval", {}, [["approved"], ["refused"], ["expired"]]),
  node("try", "nixwave-activate", {}, [["running"], ["failed"]]),
  node("after", "nixwave-gate", { place: "after", rows: ROWS, ...QUICK }, [["healthy"], [], []]),
  node("end", "nixwave-result", { verdict: "message" }),
  node("switch", "nixwave-control", { mode: "level", rows: [{ payload: "ON", verb: "hold" }] }),
  node("wrong", "nixwave-control", { mode: "level", rows: [{ payload: "ON", verb: "dance" }] }),
  node("events", "nixwave-events", { only: "all", kinds: [] }, [["told"]]),
  node("phone", "nixwave-notify", { server: phoneUrl, topic: "home" }, [["sent"]]),
  node("mute", "nixwave-notify", { server: phoneUrl, topic: "" }, [["sent"]]),
  { ...listenTo("caught"), wires: [] },
  {
    id: "catch",
    type: "catch",
    z: "tab",
    x: 1,
    y: 1,
    scope: null,
    uncaught: false,
    wires: [["caught"]],
  },
  {
    id: "complete",
    type: "complete",
    z: "tab",
    x: 1,
    y: 1,
    scope: ["mute", "end"],
    wires: [["done"]],
  },
  ...["verified", "rejected", "step", "finished", "stopped", "passed", "approved"].map(listenTo),
  ...["refused", "expired", "running", "failed", "healthy", "told", "sent", "done"].map(listenTo),
];

export interface Caught {
  readonly message: string;
  readonly source: { readonly id: string };
}
