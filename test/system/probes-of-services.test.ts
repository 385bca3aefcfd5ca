import { describe, expect, it } from "vitest";
import { parseProbes } from "../../agent/probe/probe-config.ts";
import type { Systemctl } from "../../agent/probe/probe-ports.ts";
import { runProbes } from "../../agent/probe/run-probes.ts";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import { startAedes, startMosquitto } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";
import { broker, closers, http, nothing, run, silent, tcp } from "./probe-rig.ts";

describe("a broker probe", () => {
  it("is unknown where no broker is configured", async () => {
    expect((await run({ kind: "broker" })).state).toBe("unknown");
  });

  it("fails on a port that accepts and says nothing", async () => {
    const port = await tcp(silent);
    const probe = await run({ kind: "broker", retries: 0 }, broker(port));
    expect(probe).toMatchObject({ state: "failed", message: "no answer within 0.4 s" });
  });

  it("fails on a port that speaks something else", async () => {
    const port = await tcp((socket) => void socket.write("SSH-2.0-OpenSSH_9.9\r\n"));
    const probe = await run({ kind: "broker", retries: 0 }, broker(port));
    expect(probe.message).toBe("answers, but not as an MQTT broker");
  });

  it("fails on a port that closes", async () => {
    const port = await tcp((socket) => void socket.end());
    const probe = await run({ kind: "broker", retries: 0 }, broker(port));
    expect(probe.message).toMatch(/closed the connection|ECONNRESET|EPIPE/);
  });

  it("passes when a broker answers, over TCP and over WebSocket", async () => {
    for (const protocol of ["mqtt", "ws"]) {
      const home = await startAedes(protocol === "ws" ? { webSocket: {} } : {});
      closers.push(() => home.stop());
      const url = parseBrokerUrl(`${protocol}://127.0.0.1:${home.port}`);
      const probe = await run(
        { kind: "broker" },
        { broker: async () => ({ url, password: null }) },
      );
      expect(probe).toMatchObject({ state: "passed", message: "let us in" });
    }
  });

  it("fails when the broker refuses this host's login", async () => {
    const home = await startAedes();
    closers.push(() => home.stop());
    const users: (string | undefined)[] = [];
    home.aedes.authenticate = (client, user, password, done) => {
      users.push(`${user}/${client.id.replace(/[0-9a-f]{8}$/, "")}`);
      done(null, password?.toString() === "right");
    };
    const wrong = await run({ kind: "broker", retries: 0 }, broker(home.port, "wrong"));
    expect(wrong.message).toMatch(/^refused this host's login \(CONNACK [45]\)$/);
    expect((await run({ kind: "broker" }, broker(home.port, "right"))).state).toBe("passed");
    expect(new Set(users)).toEqual(new Set(["rp4/rp4-probe-"]));
  });
});

describe.skipIf(needs("mosquitto").skip)("a broker probe against mosquitto", () => {
  it("is let in, and fails once the broker is gone", async () => {
    const home = await startMosquitto();
    const ports = broker(home.port);
    expect((await run({ kind: "broker" }, ports)).message).toMatch(/^let us in/);
    await home.stop();
    expect((await run({ kind: "broker", retries: 0 }, ports)).state).toBe("failed");
  });
});

describe("a cache probe", () => {
  it.each([
    ["StoreDir: /nix/store\nPriority: 40\n", 200, "passed", "reachable"],
    ["StoreDir: /gnu/store\n", 200, "failed", "not that of a binary cache"],
    ["<html>Welcome to the hotel</html>", 200, "failed", "not that of a binary cache"],
    ["", 401, "failed", "status 401"],
  ])("judges the answer %j (%i)", async (body, status, state, message) => {
    const url = await http((request, response) => {
      response.writeHead(request.url === "/nix-cache-info" ? status : 404).end(body);
    });
    const probe = await run(
      { kind: "cache", retries: 0 },
      { cache: async () => ({ url, authorization: null }) },
    );
    expect(probe.state).toBe(state);
    expect(probe.message).toContain(message);
  });
});

describe("a probe of units", () => {
  const calls: string[][] = [];
  const systemctl =
    (...answers: string[]): Systemctl =>
    async (args) => {
      calls.push([...args]);
      return { exitCode: 0, stdout: answers.shift() ?? "", stderr: "" };
    };
  const block = (active: string, restarts: number) =>
    `NRestarts=${restarts}\nActiveState=${active}\nSubState=x\n`;
  const units = { kind: "units", units: ["a.service"], settle: "10ms", retries: 0 };

  it.each([
    ["active and quiet", [block("active", 3), block("active", 3)], "passed", "active"],
    [
      "restarting behind an active face",
      [block("active", 3), block("active", 4)],
      "failed",
      "restarting: a.service",
    ],
    ["inactive", [block("inactive", 0)], "failed", "a.service is inactive (x)"],
    [
      "active, then failed",
      [block("active", 0), block("failed", 0)],
      "failed",
      "a.service is failed (x)",
    ],
    ["not spoken of", ["", ""], "failed", "a.service is unknown (unknown)"],
  ])("%s", async (_name, answers, state, message) => {
    expect(await run(units, { systemctl: systemctl(...answers) })).toMatchObject({
      state,
      message,
    });
    expect(calls.at(-1)?.slice(-2)).toEqual(["--", "a.service"]);
  });

  it("is unknown where no systemd runs, and where systemctl fails", async () => {
    expect((await run(units)).state).toBe("unknown");
    const broken: Systemctl = async () => ({ exitCode: 1, stdout: "", stderr: "no bus" });
    const probe = await run(units, { systemctl: broken });
    expect(probe).toMatchObject({ state: "unknown", message: "systemctl failed: no bus" });
  });
});

describe("probes together", () => {
  it("are stopped as unknown, never as passed", async () => {
    const port = await tcp(silent);
    const stop = new AbortController();
    const asked = run({ kind: "broker", timeout: "1m", within: "2m" }, broker(port), stop);
    stop.abort();
    expect((await asked).state).toBe("unknown");
  });

  it("pass only when each of them passed", async () => {
    const port = await tcp(silent);
    const up = { kind: "tcp", host: "127.0.0.1", port };
    const plans = parseProbes([up, { kind: "cache", retries: 0 }], []);
    const { isPassed, probes } = await runProbes(plans, nothing, new AbortController().signal);
    expect(probes.map(({ state }) => state)).toEqual(["passed", "unknown"]);
    expect(isPassed).toBe(false);
  });
});
