import { describe, expect, it } from "vitest";
import { basicLogin, parseNetrc } from "../../agent/pull/netrc.ts";

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

describe("a netrc file", () => {
  it.each([
    ["on one line", "machine cache.lan login nuc password secret"],
    ["on several lines", "machine cache.lan\n  login nuc\n  password secret\n"],
    ["with Windows line ends", "machine cache.lan\r\nlogin nuc\r\npassword secret\r\n"],
    ["with the password first", "machine cache.lan password secret login nuc"],
    [
      "behind a comment",
      "# machine cache.lan login no password no\nmachine cache.lan login nuc password secret",
    ],
    ["with words that nobody knows", "machine cache.lan account x login nuc password secret"],
    ["in quotes", 'machine "cache.lan" login "nuc" password "secret"'],
  ])("gives the login %s", (_, text) => {
    expect(basicLogin(parseNetrc(text), "cache.lan")).toBe(basic("nuc:secret"));
  });

  it("takes spaces, quotes and backslashes of a quoted password as they are meant", () => {
    const logins = parseNetrc(String.raw`machine cache.lan login nuc password "a \"b\" \\ c"`);
    expect(basicLogin(logins, "cache.lan")).toBe(basic(String.raw`nuc:a "b" \ c`));
  });

  it("gives the first entry of a machine, and default to every other", () => {
    const logins = parseNetrc(
      "machine a.lan login one password 1 machine a.lan login two password 2 default login any password 3",
    );
    expect(basicLogin(logins, "a.lan")).toBe(basic("one:1"));
    expect(basicLogin(logins, "b.lan")).toBe(basic("any:3"));
  });

  it("gives no login to a machine that it does not name", () => {
    const logins = parseNetrc("machine cache.lan login nuc password secret");
    expect(basicLogin(logins, "evil.lan")).toBeNull();
    expect(basicLogin(logins, "sub.cache.lan")).toBeNull();
  });

  it.each([
    ["nothing", ""],
    ["only a comment", "# x"],
    ["a login before any machine", "login a password b"],
    ["words", "hello world"],
  ])("holds no login when it holds %s", (_, text) => {
    expect(parseNetrc(text)).toEqual([]);
  });

  it("keeps a machine whose entry is cut off, with an empty password", () => {
    expect(parseNetrc("machine cache.lan login")).toEqual([
      { machine: "cache.lan", user: "", password: "" },
    ]);
  });

  it("does not take a password that reads `machine` for one", () => {
    const logins = parseNetrc(
      "machine a.lan login x password machine machine b.lan login y password z",
    );
    expect(logins.map(({ machine }) => machine)).toEqual(["a.lan", "b.lan"]);
    expect(basicLogin(logins, "a.lan")).toBe(basic("x:machine"));
  });
});
