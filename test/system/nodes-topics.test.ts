import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { startMosquitto } from "../support/brokers.ts";
import { CI_KEY } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";
import { nodeRed, runNodeRed } from "./shared-broker-rig.ts";

const FLEET = {
  ...{ id: "fleet", type: "nixwave-fleet", shape: 2, name: "", mqttBroker: "broker", base: "" },
  ...{ fleet: "home", channel: "main", threshold: "1", language: "en", zone: "" },
  hosts: [{ host: "rp4", carries: [], optional: false }],
  ...{ releaseKeys: formatPublicKey(CI_KEY.publicKey), stateFolder: "" },
};

describe.skipIf(needs("mosquitto").skip)("topics for somebody who types", () => {
  const end = new AsyncDisposableStack();
  const heardByUser: unknown[] = [];
  let url: string;
  let house: Bus;

  beforeAll(async () => {
    const broker = await startMosquitto();
    end.defer(() => broker.stop());
    house = await openBus({ broker: broker.url, clientId: clientIdFor("house", "test") });
    end.defer(() => house.close());
    const red = await runNodeRed(broker.port, {}, [FLEET]);
    end.defer(red.close);
    url = red.url;
    const user = nodeRed.nodes.getNode("user-in") as {
      send: (message: unknown) => void;
    };
    const { send } = user;
    user.send = (message) => {
      heardByUser.push(message);
      send.call(user, message);
    };
  });
  afterAll(() => end.disposeAsync());

  it("are those that are alive now, with what they said, and the user's own nodes hear nothing twice", async () => {
    await expect
      .poll(async () => (await fetch(`${url}/nixwave/fleet/fleet/state`)).status, { timeout: 9000 })
      .toBe(200);
    const timer = setInterval(() => house.say("zigbee/door", Buffer.from('{"contact":true}')), 100);
    const asked = fetch(`${url}/nixwave/fleet/fleet/topics`);
    house.say("tele/bedroom/SENSOR", Buffer.from("21.5"));
    const topics = (await (await asked).json()) as readonly object[];
    clearInterval(timer);
    expect(topics).toContainEqual({ topic: "zigbee/door", preview: '{"contact":true}' });
    expect(heardByUser).toHaveLength(1);
  });

  it("are told at once when somebody asks again soon", async () => {
    house.say("late/topic", Buffer.from("1"));
    const topics = (await (
      await fetch(`${url}/nixwave/fleet/fleet/topics`)
    ).json()) as readonly object[];
    expect(JSON.stringify(topics)).not.toContain("late/topic");
    expect(JSON.stringify(topics)).toContain("zigbee/door");
  });

  it("are nobody's who asks for a fleet that is not there", async () => {
    expect((await fetch(`${url}/nixwave/fleet/other/topics`)).status).toBe(404);
  });
});
