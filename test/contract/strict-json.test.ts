import { describe, expect, it } from "vitest";
import { parseJson, parseStrictJson } from "../../src/contract/index.ts";
import { utf8 } from "../support/contract-builders.ts";
import { codeOf, refusalOf } from "./refusals.ts";

const strictly = (text: string) => parseStrictJson(utf8(text), 1000);
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe("JSON of signed payloads: two readers never understand two things", () => {
  it("reads what JSON.parse reads where there is only one meaning", () => {
    for (const text of [
      `{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}`,
      ` { "a" : [ ] , "b" : { } , "c" : null , "d" : true , "e" : false , "f" : "" } `,
      `"\\u0061 , : { } [ ] \\" \\\\"`,
      `[0,-1,9007199254740991,-9007199254740991]`,
      `{"":1," ":2,"__proto__":3}`,
      '{"\u2028":"\u2029"}',
    ]) {
      expect(strictly(text)).toEqual(JSON.parse(text));
    }
  });

  it("a key that stands twice in one object is refused by name", () => {
    expect(refusalOf(() => strictly(`{"host":"rp4","host":"nuc"}`))).toMatchObject({
      code: "duplicate-key",
      message: `the key "host" stands twice`,
    });
  });

  it("wherever the object stands and however the key is written", () => {
    for (const text of [
      `{"a":1,"\\u0061":2}`,
      `{"\\u0061":1,"a":2}`,
      `{"a":{"b":1,"b":2}}`,
      `[{"x":0},{"b":1,"b":2}]`,
      `{"a":[1,{"c":2}],"a":3}`,
      `{"a":{"x":1},"b":[],"a":{}}`,
      `{"__proto__":1,"__proto__":2}`,
      `{"":1,"":2}`,
      `{"a\\"b":1,"a\\u0022b":2}`,
      `{"ext":{"deep":[[{"k":1,"k":1}]]}}`,
    ]) {
      expect([text, codeOf(() => strictly(text))]).toEqual([text, "duplicate-key"]);
    }
  });

  it("the same text as key and as value, or in two objects, is no duplicate", () => {
    for (const text of [`{"a":"a","b":"a"}`, `[{"a":1},{"a":1}]`, `{"a":["a","a"]}`]) {
      expect(strictly(text)).toEqual(JSON.parse(text));
    }
  });

  it("a number that is not a safe integer is refused, as each reader would round it its own way", () => {
    const texts = [
      "9007199254740992",
      "-9007199254740992",
      "1.5",
      "1.0",
      "1e3",
      "1E0",
      "-0",
      "1e400",
    ];
    for (const text of [...texts, "0.1", "123456789012345678901234567890"]) {
      for (const inside of [text, `[${text}]`, `{"a":${text}}`, `[1,${text} ]`]) {
        expect([inside, codeOf(() => strictly(inside))]).toEqual([inside, "unsafe-number"]);
      }
    }
  });

  it("digits inside a string are no number", () => {
    expect(strictly(`["1.5","1e3",{"9007199254740993":"-0"}]`)).toHaveLength(3);
  });

  it("32 levels are read, 33 are nested too deeply", () => {
    expect(codeOf(() => strictly(nested(33)))).toBe("not-json");
    expect(JSON.stringify(strictly(nested(32)))).toBe(nested(32));
    expect(refusalOf(() => strictly(`${`{"a":`.repeat(33)}1${"}".repeat(33)}`)).message).toBe(
      "nested too deeply",
    );
  });

  it("what is no JSON is refused without being scanned", () => {
    for (const text of [
      "",
      " ",
      "{",
      "{'a':1}",
      "[1,]",
      "01",
      "+1",
      "NaN",
      "{} {}",
      "undefined",
      "\ufeff{}",
      "\u00a0{}",
    ]) {
      expect([text, codeOf(() => strictly(text))]).toEqual([text, "not-json"]);
    }
  });

  it("bytes that are not UTF-8 are refused: overlong, cut off, a lone surrogate, a stray byte", () => {
    for (const hex of ["22c08022", "22e28022", "22eda08022", "22ff22", "22f490808022", "80"]) {
      const bytes = Buffer.from(hex, "hex");
      expect([hex, codeOf(() => parseStrictJson(bytes, 1000))]).toEqual([hex, "not-utf8"]);
      expect([hex, codeOf(() => parseJson(bytes, 1000))]).toEqual([hex, "not-utf8"]);
    }
  });

  it("the size is looked at first, in bytes and not in characters", () => {
    const text = `"${"ä".repeat(4)}"`;
    expect(parseStrictJson(utf8(text), 10)).toBe("ääää");
    expect(refusalOf(() => parseStrictJson(utf8(text), 9))).toMatchObject({
      code: "too-large",
      message: "10 bytes, the limit is 9",
    });
    expect(codeOf(() => parseJson(Buffer.alloc(11, 0xff), 10))).toBe("too-large");
  });

  it("a view into a larger buffer is read from its own bounds only", () => {
    const whole = utf8(`xx{"a":1}yy`);
    expect(parseStrictJson(whole.subarray(2, 9), 7)).toEqual({ a: 1 });
  });

  it("a long string costs no stack: a mebibyte in one text is read", () => {
    const megabyte = `["${"\\n".repeat(512 * 1024)}","${"x".repeat(1024 * 1024)}"]`;
    expect(parseStrictJson(utf8(megabyte), 4 * 1024 * 1024)).toHaveLength(2);
  });
});

describe("JSON of unsigned payloads", () => {
  it("keeps the last of two keys and rounds, as JSON.parse does: nothing hangs on them", () => {
    expect(parseJson(utf8(`{"a":1,"a":1.5}`), 100)).toEqual({ a: 1.5 });
  });

  it("a __proto__ key makes a field of that name and reaches no prototype", () => {
    const value = parseJson(utf8(`{"__proto__":{"v":1}}`), 100) as object;
    expect("v" in value).toBe(false);
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });

  it("nesting as deep as a release is long is refused or read, never a crash", () => {
    expect(parseJson(utf8(nested(100_000)), 256 * 1024)).toHaveLength(1);
    expect(codeOf(() => parseStrictJson(utf8(nested(100_000)), 256 * 1024))).toBe("not-json");
  });
});
