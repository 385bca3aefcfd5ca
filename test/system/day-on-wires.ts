import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { execa } from "execa";
import { connectAsync, type MqttClient } from "mqtt";
import { expect } from "vitest";
import { parseNotifyConfig } from "../../node-red-nodes/notify/notify-config.ts";
import { PhoneLine } from "../../node-red-nodes/notify/phone-line.ts";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import type { Conductor, ConductorOptions } from "../../src/conductor/index.ts";
import { DEFAULT_BASE, type EpochMs, parseSessionId } from "../../src/contract/index.ts";
import { type Notification, parseTimeZone } from "../../src/people/index.ts";
import { DayInTheHouse } from "../conductor/day-rig.ts";
import { startMosquitto, type TestBroker } from "../support/brokers.ts";
import { NtfyDouble } from "../support/ntfy-double.ts";
import { CLOSED } from "./phone-rig.ts";

/** Without it each acknowledgement waits 40 ms for the one before. */
const AT_ONCE = "listener $PORT 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true";
const DESIRED = `${DEFAULT_BASE}/hosts/+/desired`;
const [TO_HUB, TO_HOUSE] = ["day/to-hub", "day/to-house"];

/** The day over a real mosquitto, with mosquitto_pub as the dash, and a phone on a double of ntfy. */
export class DayOnWires extends DayInTheHouse {
  readonly #ntfy = new NtfyDouble({ ...CLOSED, burst: 1000 });
  #broker: TestBroker | null = null;
  /** Hosts, sensors and CI, on one connection. */
  #house: MqttClient | null = null;
  #bus: Bus | null = null;
  #line: PhoneLine | null = null;
  #leave: () => void = () => undefined;
  /** How much has arrived at either end. */
  #arrived = 0;
  #posted: Promise<void> = Promise.resolve();
  /** The hub is between two connections while it waits. */
  #renewing: Promise<void> = Promise.resolve();
  #asked = 0;
  #answered: () => void = () => undefined;

  override async begin(): Promise<void> {
    await this.#ntfy.start();
    this.#broker = await startMosquitto({ config: AT_ONCE });
    await this.#joinHouse();
    this.home.clock.settled = () => this.#settle();
    await super.begin();
  }

  async #joinHouse(): Promise<void> {
    const house = await connectAsync(String(this.#broker?.url), { reconnectPeriod: 50 });
    const atOnce = (): void => void (house.stream as Socket).setNoDelay(true);
    atOnce();
    house.on("connect", atOnce);
    this.#house = house;
    await house.subscribeAsync(DESIRED, { qos: 1 });
    await house.subscribeAsync(TO_HOUSE, { qos: 1 });
    const { broker } = this.home;
    const take = broker.publish.bind(broker);
    house.on("message", (topic, bytes, { retain }) => {
      if (topic === TO_HOUSE) {
        if (String(bytes) === String(this.#asked)) this.#answered();
        return;
      }
      this.#arrived += 1;
      if (!retain && bytes.length > 0) take(topic, bytes, true);
    });
    broker.publish = (topic, bytes, retain) => {
      take(topic, bytes, retain);
      this.#arrived += 1;
      this.#house?.publish(topic, Buffer.from(bytes), { qos: 1, retain });
    };
  }

  protected override async wires(): Promise<Partial<ConductorOptions>> {
    const session = parseSessionId(randomUUID());
    const bus = await openBus({
      broker: (this.#broker as TestBroker).url,
      clientId: clientIdFor("hub", "day"),
      presence: { address: { kind: "hubStatus" }, session },
    });
    // Behind all that it has said: what is said once (QoS 0) would overtake what waits for its turn.
    bus.listen(TO_HUB, ({ bytes }) => void bus.retainForeign(TO_HOUSE, bytes));
    const renew = bus.renew.bind(bus);
    bus.renew = (next) => {
      this.#renewing = renew(next);
      return this.#renewing;
    };
    this.#bus = bus;
    return { bus, session };
  }

  protected override async opened(hub: Conductor): Promise<void> {
    // It learns in real time, and takes no release meanwhile: a morning of the day's clock is shorter.
    await expect.poll(() => hub.view.isLearning, { timeout: 30_000, interval: 10 }).toBe(false);
    const line = new PhoneLine({
      ...{ id: "phone", restMs: 10, warn: () => undefined, onRetry: () => undefined },
      config: parseNotifyConfig(
        { id: "phone", server: this.#ntfy.url, topic: "home" },
        { token: "tk_hub", buttonToken: "tk_button" },
      ),
      home: { language: "en", zone: parseTimeZone("Europe/Berlin") },
    });
    this.#line = line;
    this.#leave = line.join(hub);
  }

  protected override told(notification: Notification, at: EpochMs): void {
    this.#posted = this.#posted.then(
      () =>
        new Promise((resolve, reject) => {
          const fail = (why: string): void => reject(new Error(why));
          this.#line?.post(notification, {
            onSent: () => {
              this.#showSent(notification.sequenceId, at);
              resolve();
            },
            ...{ onLost: fail, onFolded: () => fail("left away") },
          });
        }),
    );
  }

  /** What the server has of it, not what was sent. */
  #showSent(about: string, at: EpochMs): void {
    const sent = this.#ntfy.sent("home").findLast((one) => one.sequence_id === about);
    const { title = "", message = "", priority = 3, actions = [] } = sent ?? {};
    this.show({ title, body: message, priority, actions }, at);
  }

  override async tap(label: string): Promise<string> {
    const sent = () => this.#ntfy.sent("home");
    const before = sent().length;
    const shown = sent().findLast(({ actions }) => actions?.some((one) => one.label === label));
    await this.#ntfy.tap(shown, label);
    const answer = () =>
      sent()
        .slice(before)
        .find(({ title }) => title?.startsWith(`${label}: `));
    await expect.poll(answer, { timeout: 10_000, interval: 10 }).toBeDefined();
    await this.#settle();
    return String(answer()?.title?.slice(label.length + 2));
  }

  override async hold(source: string, isOn: boolean): Promise<void> {
    const topic = `${DEFAULT_BASE}/control/hold/${source}/set`;
    const port = String(this.#broker?.port);
    await execa("mosquitto_pub", ["-p", port, "-q", "1", "-t", topic, "-m", isOn ? "ON" : "OFF"]);
    await this.#settle();
  }

  /** The broker is killed with the machine and comes back with nothing; agents and devices come back to it. */
  protected override async nucIsAway(): Promise<void> {
    this.#leave();
    this.#line?.close();
    const port = this.#broker?.port ?? 0;
    await this.#broker?.kill();
    await this.#bus?.close();
    this.#bus = null;
    const back = new Promise<void>((resolve) => this.#house?.once("connect", () => resolve()));
    this.#broker = await startMosquitto({ config: AT_ONCE, port });
    await back;
    for (const [topic, bytes] of this.home.broker.retained) {
      if (topic.endsWith("/desired")) continue;
      await this.#house?.publishAsync(topic, Buffer.from(bytes), { qos: 1, retain: true });
    }
  }

  protected override async beAway(ms: number): Promise<void> {
    this.home.clock.settled = () => setImmediate();
    await super.beAway(ms);
    this.home.clock.settled = () => this.#settle();
  }

  /** Until nothing more arrives anywhere, and the phone has everything. */
  async #settle(): Promise<void> {
    for (let calm = 0; calm < 2; ) {
      const before = this.#arrived;
      await this.#renewing;
      await (this.#bus ? this.#thereAndBack() : setImmediate());
      await this.#posted;
      calm = this.#arrived === before ? calm + 1 : 0;
    }
  }

  /**
   * Over the house's connection and back over the hub's: what was on its way before has arrived. Retained, so that a
   * hub that has just connected hears the question as well.
   */
  async #thereAndBack(): Promise<void> {
    this.#asked += 1;
    const back = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    this.#house?.publish(TO_HUB, String(this.#asked), { qos: 1, retain: true });
    await back;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
    this.#line?.close();
    await super[Symbol.asyncDispose]();
    await this.#bus?.close();
    await this.#house?.endAsync(true);
    await this.#broker?.stop();
    await this.#ntfy[Symbol.asyncDispose]();
  }
}
