import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Conductor } from "../../src/conductor/index.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { startAedes } from "../support/brokers.ts";
import { CI_KEY, FLEET } from "../support/contract-builders.ts";
import { nodeRed, runNodeRed } from "./shared-broker-rig.ts";

const soon = { timeout: 15_000, interval: 20 };
const OURS = { "x-nixwave": "1" };
const FLEET_NODE = {
  ...{ id: "fleet", type: "nixwave-fleet", name: "", fleet: FLEET, channel: "main", shape: 2 },
  ...{ mqttBroker: "broker", base: "", threshold: "1", language: "en", zone: "UTC" },
  hosts: [{ host: "rp4", carries: [], optional: false }],
  ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: "" },
};
const conductor = (): Conductor | null | undefined =>
  (nodeRed.nodes.getNode("fleet") as { readonly conductor?: Conductor | null } | null)?.conductor;

/** Reads a stream until an event of this kind has come. */
async function listen(url: string, headers: Readonly<Record<string, string>> = OURS) {
  const stop = new AbortController();
  const answer = await fetch(url, { headers, signal: stop.signal });
  const heard: { readonly kind: string; readonly said: Record<string, unknown> }[] = [];
  const read = async (): Promise<void> => {
    let rest = "";
    for await (const bytes of answer.body ?? []) {
      const parts = (rest + Buffer.from(bytes).toString()).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const [, kind = "", said = "{}"] = /^event: (.+)\ndata: (.+)$/.exec(part) ?? [];
        heard.push({ kind, said: JSON.parse(said) as Record<string, unknown> });
      }
    }
  };
  const reading = answer.ok ? read().catch(() => undefined) : Promise.resolve();
  return {
    ...{ answer, heard },
    kinds: () => heard.map(({ kind }) => kind),
    async close() {
      stop.abort();
      await reading;
    },
  };
}

describe("the fleet page's server, where the editor asks nobody", () => {
  const end = new AsyncDisposableStack();
  let url: string;
  let root: string;

  beforeAll(async () => {
    const broker = await startAedes();
    end.defer(() => broker.stop());
    const red = await runNodeRed(broker.port, {}, [FLEET_NODE]);
    end.defer(red.close);
    root = red.url;
    url = `${red.url}/nixwave`;
    await vi.waitUntil(() => conductor()?.view.isLearning === false, soon);
  });
  afterAll(() => end.disposeAsync());

  const ask = (headers: Readonly<Record<string, string>>, body = '{"verb":"hold"}') =>
    fetch(`${url}/fleet/fleet/ask`, { method: "POST", headers, body });
  const json = { "content-type": "application/json" };

  it("leads from its short addresses to the page, below whatever root the editor has", async () => {
    for (const path of ["", "/", "/page", "/fleet/fleet/page", "/fleet/fleet/page/"]) {
      const answer = await fetch(`${url}${path}`);
      expect(new URL(answer.url).pathname, path).toBe("/nixwave/page/");
      expect(await answer.text()).toContain('src="main.js"');
    }
    const chosen = await fetch(`${url}/fleet/a%20b/page`);
    expect(new URL(chosen.url).searchParams.get("fleet")).toBe("a b");
  });

  it("lets the page load from here alone, and nobody else frame it", async () => {
    const { headers } = await fetch(`${url}/page/`);
    const policy = String(headers.get("content-security-policy"));
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("serves its files and no others", async () => {
    expect((await fetch(`${url}/page/main.js`)).headers.get("content-type")).toMatch(/javascript/);
    for (const path of ["package.json", "..%2f..%2fpackage.json", "toString"]) {
      expect((await fetch(`${url}/page/${path}`)).status, path).toBe(404);
    }
  });

  it("takes a request of its own page, under its name", async () => {
    expect(await (await ask({ ...json, ...OURS, origin: root })).json()).toMatchObject({
      accepted: true,
    });
    expect(conductor()?.view.state.holds.map(({ source }) => source)).toEqual(["fleet-page"]);
    await ask({ ...json, ...OURS }, '{"verb":"resume"}');
  });

  it.each([
    ["a foreign origin", { ...json, ...OURS, origin: "https://evil.example" }],
    ["a browser that names another site", { ...json, ...OURS, "sec-fetch-site": "cross-site" }],
    ["a missing header", json],
    ["a form", { ...OURS, "content-type": "application/x-www-form-urlencoded" }],
    ["a form of plain text", { "content-type": "text/plain", origin: "https://evil.example" }],
  ])("refuses %s, and nothing happens", async (_what, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: "foreign-request" });
    expect(conductor()?.view.state.holds).toEqual([]);
  });

  it("answers no preflight of another site", async () => {
    const answer = await fetch(`${url}/fleet/fleet/ask`, {
      method: "OPTIONS",
      headers: {
        ...{ origin: "https://evil.example", "access-control-request-method": "POST" },
        "access-control-request-headers": "content-type,x-nixwave",
      },
    });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("lists the fleets, and lets who may ask know it", async () => {
    const fleets = await fetch(`${url}/fleets`, { headers: OURS });
    expect(await fleets.json()).toEqual({ fleets: [{ id: "fleet", label: FLEET }], user: null });
    expect((await fetch(`${url}/rights`, { headers: OURS })).status).toBe(200);
    expect((await fetch(`${url}/fleets`)).status).toBe(403);
  });

  it("tells everything at first, then what has changed, and that it is still there", async () => {
    const stream = await listen(`${url}/fleet/fleet/stream`);
    expect(stream.answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
    await expect
      .poll(() => stream.kinds().slice(0, 4), soon)
      .toEqual([...["sight", "details", "history", "gates"]]);
    const before = stream.heard.length;
    await ask({ ...json, ...OURS });
    await expect
      .poll(() => stream.heard.slice(before).find(({ kind }) => kind === "sight")?.said, soon)
      .toMatchObject({ holds: [{ source: "fleet-page" }] });
    await expect.poll(() => stream.kinds().includes("beat"), soon).toBe(true);
    expect(stream.kinds().filter((kind) => kind === "history")).toHaveLength(1);
    await stream.close();
    await ask({ ...json, ...OURS }, '{"verb":"resume"}');
  });

  it("follows a deploy under which the fleet closes and opens again", async () => {
    const stream = await listen(`${url}/fleet/fleet/stream`);
    await expect.poll(() => stream.kinds().includes("sight"), soon).toBe(true);
    const flows = await (await fetch(`${root}/flows`)).text();
    const headers = { ...json, "Node-RED-Deployment-Type": "full" };
    await fetch(`${root}/flows`, { method: "POST", headers, body: flows });
    await expect
      .poll(() => stream.kinds().lastIndexOf("history") > stream.kinds().indexOf("history"), soon)
      .toBe(true);
    await stream.close();
  });

  it("says of a fleet that is not there that it is closed, and waits for it", async () => {
    const stream = await listen(`${url}/fleet/cabin/stream`);
    await expect.poll(() => stream.kinds(), soon).toContain("closed");
    await stream.close();
  });
});

describe("the fleet page's server, where the editor asks who it is", () => {
  it("shows files to everybody, the fleet and its buttons to who is logged in", async () => {
    await using end = new AsyncDisposableStack();
    const broker = await startAedes();
    end.defer(() => broker.stop());
    const login = {
      knows: (user: string) => user === "admin",
      accepts: (_user: string, password: string) => Promise.resolve(password === "right"),
    };
    const red = await runNodeRed(broker.port, {}, [FLEET_NODE], login);
    end.defer(red.close);
    const url = `${red.url}/nixwave`;
    await expect.poll(() => conductor()?.view.isLearning, soon).toBe(false);
    expect((await fetch(`${url}/page/`)).status).toBe(200);
    for (const path of ["fleets", "rights", "fleet/fleet/stream"]) {
      expect((await fetch(`${url}/${path}`, { headers: OURS })).status, path).toBe(401);
    }
    const logIn = (password: string) =>
      fetch(`${red.url}/auth/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          ...{ client_id: "node-red-editor", grant_type: "password", scope: "" },
          ...{ username: "admin", password },
        }),
      });
    expect((await logIn("wrong")).ok).toBe(false);
    const { access_token: token } = (await (await logIn("right")).json()) as {
      readonly access_token: string;
    };
    const known = { ...OURS, authorization: `Bearer ${token}` };
    const fleets = await (await fetch(`${url}/fleets`, { headers: known })).json();
    expect(fleets).toMatchObject({ user: "admin" });
    const stream = await listen(`${url}/fleet/fleet/stream`, known);
    await expect.poll(() => stream.kinds().includes("sight"), soon).toBe(true);
    await stream.close();
    const asked = await fetch(`${url}/fleet/fleet/ask`, {
      method: "POST",
      headers: { ...known, "content-type": "application/json" },
      body: '{"verb":"hold"}',
    });
    expect(await asked.json()).toMatchObject({ accepted: true });
    expect(conductor()?.view.state.holds.map(({ source }) => source)).toEqual(["admin"]);
  });
});
