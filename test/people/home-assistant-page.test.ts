import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULT_BASE, parseUserName } from "../../src/contract/index.ts";
import { hostDiscovery, hubDiscovery } from "../../src/people/index.ts";
import { RP4 } from "./home-assistant-schemas.ts";
import { ENGLISH } from "./scenes.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/home-assistant.md"), "utf8");
const HA = {
  ...{ base: DEFAULT_BASE, prefix: "homeassistant", version: "0.1.0", home: ENGLISH },
  operator: parseUserName("assistant"),
};

describe("the page on Home Assistant", () => {
  const entities = [hubDiscovery(HA), hostDiscovery(RP4, HA)].flatMap(({ payload }) =>
    Object.values(
      (JSON.parse(payload) as { components: Record<string, { default_entity_id: string }> })
        .components,
    ).map(({ default_entity_id }) => default_entity_id),
  );

  test("names entities that are announced under exactly these names", () => {
    const named = new Set(PAGE.match(/\b[a-z_]+\.nixwave_v1_(?:hub|host_rp4)_[a-z]+/g));
    expect(named.size).toBeGreaterThan(10);
    for (const one of named) expect(entities).toContain(one);
  });

  test("tells of every entity, if only by the end of its name", () => {
    for (const one of entities) {
      expect(PAGE).toMatch(new RegExp(`\\b${one}\\b|\`${one.slice(one.lastIndexOf("_"))}\``));
    }
  });
});
