import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import mqtt, { type IClientOptions } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openWorkshop, type Workshop } from "../cli/memory-io.ts";
import { makeAuthority } from "../support/certificates.ts";
import { needs } from "../support/system-parts.ts";
import { base, listenerOf } from "./broker-home.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

interface RunningCommand {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with everything printed, once `pattern` is in it or the command ended. */
  until(pattern: RegExp): Promise<string>;
  readonly ended: Promise<number | null>;
}

let workshop: Workshop;
const passwords = new Map<string, string>();
const running = new Set<RunningCommand>();
beforeEach(async () => {
  workshop = await openWorkshop();
  for (const [user, role] of [
    ["hub", "hub"],
    ["rp3", "host"],
  ] as const) {
    const made = await workshop.nixwave([
      "broker",
      "passwd",
      "accounts.json",
      user,
      "--role",
      role,
      "--generate",
    ]);
    passwords.set(user, made.stdout.trim());
  }
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill("SIGKILL");
    await ended;
  }
  running.clear();
  await workshop.remove();
});

function nixwaveBroker(...args: string[]): RunningCommand {
  const child = spawn(process.execPath, [MAIN, "broker", ...args], { cwd: workshop.folder });
  let text = "";
  const waiting = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = once(child, "close").then(([status]) => status as number | null);
  const command: RunningCommand = {
    child,
    ended,
    output: () => text,
    until: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (pattern.test(text)) resolve(text);
        };
        waiting.add(look);
        void ended.then(() => resolve(text));
        look();
      }),
  };
  running.add(command);
  return command;
}

const urlIn = (output: string, scheme: string): string =>
  new RegExp(`listening on (${scheme}://\\S+)`).exec(output)?.[1] ?? `no ${scheme} in ${output}`;

const dial = (url: string, user: string, options: IClientOptions = {}) =>
  mqtt.connectAsync(
    url,
    {
      username: user,
      password: passwords.get(user) ?? "",
      clientId: user,
      reconnectPeriod: 0,
      ...options,
    },
    false,
  );

describe("nixwave broker", () => {
  test("says where it listens and for whom, serves, keeps state and ends in order", async () => {
    const args = ["--accounts", "accounts.json", "--listen", "127.0.0.1:0", "--state", "state"];
    const first = nixwaveBroker(...args);
    const said = await first.until(/accounts/);
    expect(said).toContain("2 accounts");
    const hub = await dial(urlIn(said, "mqtt"), "hub");
    await hub.publishAsync(`${base}/hosts/rp3/desired`, "kept", { qos: 1, retain: true });
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    expect(first.output()).toContain("stopped");
    hub.end(true);
    const second = nixwaveBroker(...args);
    const rp3 = await dial(urlIn(await second.until(/accounts/), "mqtt"), "rp3");
    const heard = listenerOf(rp3);
    await rp3.subscribeAsync(`${base}/hosts/rp3/desired`);
    expect(await heard.until(`${base}/hosts/rp3/desired`)).toMatchObject({ text: "kept" });
    rp3.end(true);
    second.child.kill("SIGINT");
    expect(await second.ended).toBe(0);
  });

  test("a port in use is named", async () => {
    const first = nixwaveBroker("--accounts", "accounts.json", "--listen", "0");
    const { port } = new URL(urlIn(await first.until(/accounts/), "mqtt"));
    const second = nixwaveBroker("--accounts", "accounts.json", "--listen", port);
    expect(await second.ended).not.toBe(0);
    expect(second.output()).toContain(`error[port-in-use]: 127.0.0.1:${port}`);
  });

  test("says what it dropped and who was refused, and nothing of passwords", async () => {
    const broker = nixwaveBroker("--accounts", "accounts.json", "--listen", "0");
    const url = urlIn(await broker.until(/accounts/), "mqtt");
    const rp3 = await dial(url, "rp3");
    await rp3.publishAsync(`${base}/hosts/rp4/reported`, "forged", { qos: 1 });
    await expect(dial(url, "hub", { password: "guess-4711" })).rejects.toMatchObject({ code: 4 });
    const said = await broker.until(/refused/);
    expect(said).toMatch(/dropped a message of rp3 on nixwave\/v1\/hosts\/rp4\/reported/);
    expect(said).toMatch(
      /refused 127\.0\.0\.1 \(bad-credentials\): wrong password or unknown user "hub"/,
    );
    expect(said).not.toContain("guess-4711");
    rp3.end(true);
  });

  test("without --anonymous nobody comes in without a user name, with it sensors do", async () => {
    const closed = nixwaveBroker("--accounts", "accounts.json", "--listen", "0");
    const closedUrl = urlIn(await closed.until(/accounts/), "mqtt");
    await expect(mqtt.connectAsync(closedUrl, { reconnectPeriod: 0 }, false)).rejects.toMatchObject(
      { code: 5 },
    );
    const open = nixwaveBroker(
      "--accounts",
      "accounts.json",
      "--listen",
      "0",
      "--anonymous",
      "--device-topic",
      "tele/#",
    );
    const said = await open.until(/accounts/);
    expect(said).toContain("clients without a user name");
    (await mqtt.connectAsync(urlIn(said, "mqtt"), { reconnectPeriod: 0 }, false)).end(true);
  });

  test.each([
    [[], "wrong-usage"],
    [["--accounts", "absent.json"], "file-unreadable"],
    [["--accounts", "accounts.json", "--tls-listen", "0"], "wrong-usage"],
    [["--accounts", "accounts.json", "--cert", "a.pem"], "wrong-usage"],
    [["--accounts", "accounts.json", "--device-topic", "a/#"], "wrong-usage"],
    [["--accounts", "accounts.json", "--anonymous", "--device-topic", "#"], "invalid-topic"],
    [["--accounts", "accounts.json", "--listen", "70000"], "wrong-usage"],
    [["--accounts", "accounts.json", "--base", "$SYS"], "invalid-topic"],
  ])("%j ends with %s", async (args, code) => {
    const ran = await workshop.nixwave(["broker", ...args]);
    expect(ran.stderr).toContain(`error[${code}]`);
    expect(ran.status).not.toBe(0);
  });

  test("--help teaches with an example", async () => {
    const { stdout } = await workshop.nixwave(["broker", "--help"]);
    expect(stdout).toContain("$ nixwave broker --accounts accounts.json");
    expect(stdout).toContain("zigbee2mqtt/#");
  });

  test.skipIf(needs("openssl").skip)("TLS with client certificates, from files", async () => {
    const authority = await makeAuthority("rp3");
    await writeFile(workshop.at("server.pem"), authority.server.cert);
    await writeFile(workshop.at("server.key"), authority.server.key, { mode: 0o600 });
    await writeFile(workshop.at("ca.pem"), authority.ca);
    const tls = [
      "--cert",
      "server.pem",
      "--key",
      "server.key",
      "--ca",
      "ca.pem",
      "--require-certificate",
    ];
    const broker = nixwaveBroker("--accounts", "accounts.json", "--tls-listen", "0", ...tls);
    const said = await broker.until(/accounts/);
    expect(said).not.toContain("listening on mqtt://");
    const rp3 = await mqtt.connectAsync(
      urlIn(said, "mqtts"),
      { ...authority.client, ca: authority.ca, clientId: "rp3", reconnectPeriod: 0 },
      false,
    );
    rp3.end(true);
  });
});

describe("nixwave acl mosquitto", () => {
  test("prints the files, or writes them for their owner only and never over others", async () => {
    const printed = await workshop.nixwave(["acl", "mosquitto", "--hosts", "rp3,rp4"]);
    expect(printed.status).toBe(0);
    expect(printed.stdout).toContain("user rp4\ntopic read nixwave/v1/hosts/rp4/desired\n");
    const wrote = await workshop.nixwave(["acl", "mosquitto", "--hosts", "rp3", "--out", "conf"]);
    expect(wrote.stdout).toContain("mosquitto_passwd -c");
    const again = await workshop.nixwave(["acl", "mosquitto", "--hosts", "rp3", "--out", "conf"]);
    expect(again.stderr).toContain("error[file-exists]");
  });

  test.each([
    [["--operators", "me"], "--hosts"],
    [["--hosts", "rp3,RP4"], "invalid-host-name"],
    [["--hosts", "rp3,hub"], "account-exists"],
    [["--hosts", "rp3", "--device-topic", "nixwave/v1/#"], "invalid-topic"],
    [["--hosts", "rp3", "--nixos", "--out", "x"], "wrong-usage"],
  ])("%j is refused with %s", async (args, words) => {
    const { status, stderr } = await workshop.nixwave(["acl", "mosquitto", ...args]);
    expect(stderr).toContain(words);
    expect(status).not.toBe(0);
  });
});
