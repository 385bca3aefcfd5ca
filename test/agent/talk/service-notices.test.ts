import { describe, expect, it } from "vitest";
import { ServiceNotices, serviceSocketOf } from "../../../agent/talk/service-notices.ts";

const PID = 42;
const base = { NOTIFY_SOCKET: "/run/systemd/notify", PATH: "/bin" };
const watchdogOf = (env: Readonly<Record<string, string>>) =>
  serviceSocketOf({ ...base, ...env }, PID)?.watchdogMs;

describe("what systemd tells a service through its environment", () => {
  it.each([
    ["nothing", {}],
    ["an empty name", { NOTIFY_SOCKET: "" }],
    ["a name that is no socket", { NOTIFY_SOCKET: "notify" }],
    ["a path without a name", { NOTIFY_SOCKET: "/" }],
  ])("is that nobody listens: %s", (_name, env) => {
    expect(serviceSocketOf(env, PID)).toBeNull();
  });

  it("is a path or an abstract name", () => {
    expect(serviceSocketOf(base, PID)).toEqual({
      ...{ socket: "/run/systemd/notify", watchdogMs: null, path: "/bin" },
    });
    expect(serviceSocketOf({ NOTIFY_SOCKET: "@x" }, PID)).toMatchObject({ socket: "@x", path: "" });
  });

  it("is a watchdog in ms, for this process only", () => {
    expect(watchdogOf({ WATCHDOG_USEC: "30000000" })).toBe(30_000);
    expect(watchdogOf({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: String(PID) })).toBe(30_000);
    expect(watchdogOf({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "43" })).toBeNull();
    for (const usec of ["0", "-5", "soon", "1.5", ""]) {
      expect(watchdogOf({ WATCHDOG_USEC: usec })).toBeNull();
    }
  });
});

describe("a service that nobody listens to", () => {
  it("says nothing, and goes on", async () => {
    const said: string[] = [];
    const notices = new ServiceNotices(null, (line) => said.push(line));
    notices.begin(() => "well");
    await notices.ready("well");
    await notices.stopping();
    expect(said).toEqual([]);
  });
});
