import { expect, it } from "vitest";
import { useNodeRed4 } from "../shared-broker-rig.ts";

// The life of a shared connection, once more: Node-RED 4.1 brings core nodes and an MQTT library of its own.
const { version } = useNodeRed4();

it("what follows runs on Node-RED 4.1", () => {
  expect(version()).toMatch(/^4\.1\./);
});

await import("../shared-broker-life.test.ts");
