import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect } from "vitest";
import type { Serial } from "../../src/contract/index.ts";
import type { HostUpdate } from "../../src/people/index.ts";
import { NOON } from "../support/contract-builders.ts";
import { host } from "./scenes.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures", "home-assistant");
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const schema = (name: string) =>
  ajv.compile(JSON.parse(readFileSync(join(FIXTURES, `${name}.schema.json`), "utf8")) as object);
export const isUpdateState = schema("update-state");
export const isDiscovery = schema("device-discovery");
export const isEvent = schema("event-state");

export const accepts = (validate: typeof isDiscovery, value: unknown): void => {
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
};

export const RP4 = host("rp4");

export const update = (rest: Partial<HostUpdate>): HostUpdate => ({
  host: RP4,
  installed: NOON as number as Serial,
  latest: (NOON + 1000) as Serial,
  title: "nixpkgs bump",
  runUrl: "https://ci.example.org/run/7",
  step: { state: "Staging", why: null },
  percent: 41.6,
  changes: null,
  ...rest,
});
