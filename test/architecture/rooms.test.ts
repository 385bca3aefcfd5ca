import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const CRUISER = resolve("node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
const OPTIONS = [
  "--config",
  resolve(".dependency-cruiser.cjs"),
  "--ts-config",
  resolve("tsconfig.json"),
];

// With a TypeScript that it does not support, dependency-cruiser reads nothing and is content.
const MODULES_AT_LEAST = 100;

interface Cruise {
  readonly totalCruised: number;
  readonly violations: readonly {
    readonly from: string;
    readonly to: string;
    readonly rule: { readonly name: string };
  }[];
}

const cruise = (folder: string, rooms: readonly string[]): Cruise => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [CRUISER, ...OPTIONS, "--output-type", "json", ...rooms],
    { cwd: resolve(folder), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  if (stdout === "") {
    throw new Error(`dependency-cruiser printed no report: ${stderr}`);
  }
  return JSON.parse(stdout).summary;
};

const told = ({ violations }: Cruise): string[] =>
  violations
    .map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to.replaceAll("../", "")}`)
    .sort();

describe("the rooms", () => {
  it("are entered only through the doors that ARCHITECTURE.md draws", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const rooms: string[] = scripts["check:rooms"].split(" ").slice(3);
    expect(rooms).toEqual(expect.arrayContaining(["src", "agent", "node-red-nodes"]));
    const result = cruise(".", rooms);
    expect(told(result)).toEqual([]);
    expect(result.totalCruised).toBeGreaterThan(MODULES_AT_LEAST);
  });

  it("have rules that catch a planted import, each under its own name", () => {
    expect(told(cruise("test/fixtures/bad-imports", ["src", "agent"]))).toEqual([
      "aedes-only-in-broker: src/bus/index.ts -> node_modules/aedes/aedes.js",
      "agent-knows-only-contract-bus: agent/round-the-door.ts -> src/store/inner.ts",
      "agent-stays-light: agent/main.ts -> node_modules/aedes/aedes.js",
      "agent-stays-light: agent/main.ts -> node_modules/ajv/dist/ajv.js",
      "ajv-only-in-the-generator: src/bus/index.ts -> node_modules/ajv/dist/ajv.js",
      "contract-knows-only-itself: src/contract/knows-gate.ts -> src/gate/index.ts",
      "hub-knows-only-contract-disk-bus-broker: src/hub/round-the-door.ts -> src/store/inner.ts",
      "monitor-knows-only-contract-conductor-rollout: src/monitor/knows-store.ts -> src/store/inner.ts",
      "mqtt-only-in-bus: src/hub/speaks-mqtt.ts -> node_modules/mqtt/build/index.js",
      "no-cycles: src/gate/egg.ts -> src/gate/hen.ts",
      "no-undeclared-package: src/hub/counts.ts -> node_modules/prom-client/index.js",
      "no-undeclared-package: src/hub/declares-nothing.ts -> node_modules/express/index.js",
      "prom-client-only-in-monitor: src/hub/counts.ts -> node_modules/prom-client/index.js",
      "pure-rooms-touch-nothing: src/contract/reads-files.ts -> fs",
      "sqlite-only-in-disk: src/hub/opens-database.ts -> node:sqlite",
      "through-the-door-between-rooms: src/hub/round-the-door.ts -> src/store/inner.ts",
      "through-the-door-between-rooms: src/monitor/knows-store.ts -> src/store/inner.ts",
      "through-the-door-from-outside: agent/round-the-door.ts -> src/store/inner.ts",
    ]);
  });
});
