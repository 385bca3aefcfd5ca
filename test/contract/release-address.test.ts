import { describe, expect, it } from "vitest";
import { parseReleaseAddress } from "../../src/contract/index.ts";

describe("the address of a release", () => {
  it.each([
    "https://example.org/main.json",
    "http://127.0.0.1:8080/x",
    "http://localhost/x",
    "http://[::1]:1/",
  ])("may be %s", (text) => expect(parseReleaseAddress(text).href).toBe(text));

  it.each([
    ["http://example.org/main.json", "http://example.org: it must begin with https://"],
    ["http://127.0.0.1.example.org/", "must begin with https://"],
    ["http://localhost.example.org/", "must begin with https://"],
    ["http://192.168.1.2/main.json", "must begin with https://"],
    ["file:///etc/passwd", "file:: it must begin with https://"],
    ["example.org/main.json", "is no web address"],
    ["https://anna:secret@example.org/", "a token has its own field"],
  ])("may not be %s", (text, said) => {
    const refuse = (): URL => parseReleaseAddress(text);
    expect(refuse).toThrow(said);
    expect(refuse).not.toThrow("secret");
  });
});
