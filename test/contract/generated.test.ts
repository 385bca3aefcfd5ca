import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { OPEN_SCHEMAS, STRICT_SCHEMAS } from "../../src/contract/payloads.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the validators that hosts run", () => {
  it("are those of the schemas: generating them again changes no file", async () => {
    const { stdout, exitCode } = await execa(process.execPath, ["tools/validators.ts", "--check"], {
      cwd: root,
      reject: false,
    });
    expect([stdout, exitCode]).toEqual(["", 0]);
  });

  it("every schema is a valid JSON Schema, and every pattern is anchored at both ends", () => {
    const patterns: string[] = [];
    const collect = (_: string, value: unknown) => {
      if (typeof value === "object" && value !== null && "pattern" in value) {
        patterns.push(String(value.pattern));
      }
      return value;
    };
    for (const { json } of Object.values({ ...STRICT_SCHEMAS, ...OPEN_SCHEMAS })) {
      expect(new Ajv().validateSchema(json)).toBe(true);
      JSON.stringify(json, collect);
    }
    expect(patterns.length).toBeGreaterThan(50);
    for (const pattern of patterns) expect(pattern).toMatch(/^\^.*\$$/s);
  });

  it("every object names its fields: nothing unknown enters anywhere but in ext", () => {
    const open: string[] = [];
    const collect = (name: string, value: unknown) => {
      const isObject = typeof value === "object" && value !== null;
      if (isObject && "type" in value && value.type === "object") {
        if (!("additionalProperties" in value)) open.push(name);
      }
      return value;
    };
    for (const { json } of Object.values({ ...STRICT_SCHEMAS, ...OPEN_SCHEMAS })) {
      JSON.stringify(json, collect);
    }
    expect(open).toEqual(["ext", "ext"]);
  });
});
