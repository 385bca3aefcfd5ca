import { describe, expect, it } from "vitest";
import { parseFleetConfig } from "../../node-red-nodes/fleet/fleet-config.ts";
import { FleetMonitors } from "../../node-red-nodes/fleet/fleet-monitors.ts";
import type { Red, Request, RequestHandler, Response } from "../../node-red-nodes/runtime/red.ts";
import type { Conductor, Decided } from "../../src/conductor/index.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { EVERY } from "../monitor/every-decision.ts";
import { CI_KEY } from "../support/contract-builders.ts";

const config = (fields: object = {}) =>
  parseFleetConfig(
    {
      ...{ id: "f", shape: 3, mqttBroker: "b", fleet: "home", channel: "main", threshold: "1" },
      ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), hosts: [{ host: "rp4" }] },
      ...fields,
    },
    "/data/red",
  );

/** The admin server, as far as the page uses it, and fleets to follow. */
function adminServer() {
  let page: RequestHandler = () => undefined;
  const red = {
    httpAdmin: {
      get(_path: string, handler: RequestHandler) {
        page = handler;
      },
    },
  };
  const monitors = new FleetMonitors(red as unknown as Red);
  const get = async (token: string | null, query: Request["query"] = {}) => {
    const answered = Promise.withResolvers<string>();
    const seen = { status: 0, headers: {} };
    const response = {
      status(code: number) {
        seen.status = code;
        return response;
      },
      set(fields: object) {
        seen.headers = fields;
        return response;
      },
      send: (body: Uint8Array) => answered.resolve(Buffer.from(body).toString()),
    };
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    page({ headers, path: "", query }, response as unknown as Response, () => undefined);
    return { text: await answered.promise, ...seen };
  };
  return { monitors, get };
}

function fleetNode(id: string, metricsToken = "") {
  const lines: string[] = [];
  let decide: (decided: Decided) => void = () => undefined;
  const conductor = {
    view: null,
    onDecided: (listener: typeof decide) => {
      decide = listener;
      return () => {
        decide = () => undefined;
      };
    },
  } as unknown as Conductor;
  const node = {
    ...{ id, conductor: null, credentials: { metricsToken } },
    log: (line: string) => void lines.push(line),
    error: (line: string) => void lines.push(line),
    whenReady: (listener: (open: Conductor) => void) => {
      listener(conductor);
      return () => undefined;
    },
  };
  return { node: node as never, lines, decide: (one: Decided) => decide(one) };
}

const ENDED: Decided = { decision: EVERY.RolloutEnded, why: "every host has it" };

describe("the metrics of the fleets in one Node-RED", () => {
  it("are there only while a fleet with a tick is deployed", async () => {
    const { monitors, get } = adminServer();
    expect((await get(null)).status).toBe(404);
    const stop = monitors.follow(fleetNode("a").node, config({ metrics: true }));
    expect((await get(null)).status).toBe(200);
    stop();
    expect((await get(null)).status).toBe(404);
  });

  it.each([undefined, false, "true", 1])("have no tick at %j", (metrics) => {
    expect(config({ metrics }).metrics).toBe(false);
  });

  it("are told apart by name where there are several, and by token", async () => {
    const { monitors, get } = adminServer();
    monitors.follow(fleetNode("a", "one").node, config({ metrics: true }));
    monitors.follow(fleetNode("b", "two").node, config({ metrics: true, fleet: "cabin" }));
    expect(await get(null)).toMatchObject({
      status: 401,
      headers: { "www-authenticate": "Bearer" },
    });
    expect((await get("three")).status).toBe(401);
    expect((await get("one")).text).toContain('fleet="home"');
    expect((await get("two")).text).not.toContain('fleet="home"');
    expect((await get("one", { fleet: "cabin" })).status).toBe(401);
    monitors.follow(fleetNode("c", "one").node, config({ metrics: true, fleet: "barn" }));
    expect(await get("one")).toMatchObject({
      status: 400,
      text: "several fleets: add ?fleet=NAME\n",
    });
    expect((await get("one", { fleet: "barn" })).text).toContain('fleet="barn"');
  });

  it("count what is decided; the log has it also without a tick", async () => {
    const { monitors, get } = adminServer();
    const [counted, plain] = [fleetNode("a"), fleetNode("b")];
    monitors.follow(counted.node, config({ metrics: true }));
    const stop = monitors.follow(plain.node, config({ fleet: "cabin" }));
    counted.decide(ENDED);
    plain.decide(ENDED);
    expect((await get(null)).text).toContain(
      'nixwave_rollouts_total{outcome="Promoted",fleet="home"} 1',
    );
    expect(plain.lines).toEqual([expect.stringContaining('why="every host has it"')]);
    stop();
    plain.decide(ENDED);
    expect(plain.lines).toHaveLength(1);
  });
});
