import { readFile, stat } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAccounts, readAccountsFile } from "../../src/broker/index.ts";
import { parseListenAddress } from "../../src/cli/listen-address.ts";
import { readNewPassword } from "../../src/cli/new-password.ts";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

const passwd = (...args: string[]) =>
  workshop.nixwave(["broker", "passwd", "accounts.json", ...args]);
const accountsNow = async () => openAccounts(await readAccountsFile(workshop.at("accounts.json")));

describe("nixwave broker passwd", () => {
  test("--generate prints a password once, and it opens the account", async () => {
    const { status, stdout } = await passwd("nuc", "--role", "host", "--generate");
    expect(status).toBe(0);
    const accounts = await accountsNow();
    expect(await accounts.authenticate("nuc", Buffer.from(stdout.trim()))).toMatchObject({
      user: "nuc",
      role: "host",
    });
    expect(await readFile(workshop.at("accounts.json"), "utf8")).not.toContain(stdout.trim());
    expect((await stat(workshop.at("accounts.json"))).mode & 0o777).toBe(0o600);
  });

  test("a password comes from standard input, without the line break", async () => {
    const args = ["broker", "passwd", "accounts.json", "me", "--role", "operator"];
    await workshop.nixwave(args, { stdin: "open sesame\n" });
    const accounts = await accountsNow();
    expect(await accounts.authenticate("me", Buffer.from("open sesame"))).toBeDefined();
  });

  test("an account keeps its role and topics when its password changes, and the others stay", async () => {
    await passwd("plug", "--role", "device", "--device-topic", "tele/plug/#", "--generate");
    await passwd("nuc", "--role", "host", "--generate");
    const { stdout, stderr } = await passwd("plug", "--generate");
    expect(stderr).toContain("changed plug (device)");
    const accounts = await accountsNow();
    expect(accounts.users).toEqual(["plug", "nuc"]);
    expect(await accounts.authenticate("plug", Buffer.from(stdout.trim()))).toMatchObject({
      topics: ["tele/plug/#"],
    });
  });

  test("--delete removes one, and names whom it has when there is no such one", async () => {
    await passwd("nuc", "--role", "host", "--generate");
    await passwd("rp3", "--role", "host", "--generate");
    expect((await passwd("nuc", "--delete")).status).toBe(0);
    expect((await accountsNow()).users).toEqual(["rp3"]);
    const again = await passwd("nuc", "--delete");
    expect(again.stderr).toContain("error[account-unknown]: accounts.json has no nuc; it has rp3");
    expect(again.status).not.toBe(0);
  });

  test.each([
    [["nuc"], "wrong-usage", "say its --role"],
    [["nuc", "--role", "root", "--generate"], "invalid-name", "is not one of ci, hub"],
    [["Nuc", "--role", "host", "--generate"], "invalid-host-name", "Nuc"],
    [["hold", "--role", "operator", "--generate"], "invalid-name", "hold"],
    [
      ["nuc", "--role", "host", "--device-topic", "a/#", "--generate"],
      "wrong-usage",
      "not for host",
    ],
    [
      ["p", "--role", "device", "--device-topic", "#", "--generate"],
      "invalid-topic",
      "reaches into",
    ],
    [["nuc", "--role", "host"], "password-invalid", "0 bytes"],
    [["nuc", "--delete", "--generate"], "wrong-usage", "goes alone"],
    [["nuc", "secret", "--role", "host"], "wrong-usage", "too many arguments"],
  ])("%j is refused as %s", async (args, code, words) => {
    const { status, stderr } = await passwd(...args);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).toContain(words);
    expect(status).not.toBe(0);
    await expect(stat(workshop.at("accounts.json"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("on a terminal it asks twice and shows nothing of what is typed", async () => {
    const [stdin, stderr] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
    const asked = readNewPassword({ stdin, stderr } as never, "me");
    stdin.write("open sesame\n");
    stdin.write("open sesame\n");
    expect(await asked).toBe("open sesame");
    expect(stderr.read()?.toString()).toBe("Password of me: \nAgain: \n");
  });

  test("two different passwords on a terminal are refused", async () => {
    const [stdin, stderr] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
    const asked = readNewPassword({ stdin, stderr } as never, "me");
    stdin.write("one\ntwo\n");
    await expect(asked).rejects.toMatchObject({ code: "password-invalid" });
  });
});

describe("addresses to listen on", () => {
  test.each([
    ["1883", "127.0.0.1", 1883],
    ["0", "127.0.0.1", 0],
    ["0.0.0.0:1883", "0.0.0.0", 1883],
    ["nuc.lan:65535", "nuc.lan", 65_535],
    ["[::]:1883", "::", 1883],
    ["[fe80::1%eth0]:1", "fe80::1%eth0", 1],
  ])("%s", (text, host, port) => {
    expect(parseListenAddress(text)).toEqual({ host, port });
  });

  test.each([
    "",
    ":1883",
    "nuc",
    "65536",
    "::1:1883",
    "[::g]:1",
    "[127.0.0.1]:1",
    "a b:1",
    "-1",
    "1883 ",
  ])("%j is refused", (text) => {
    expect(() => parseListenAddress(text)).toThrow(/is not an address/);
  });
});
