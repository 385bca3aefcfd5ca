import type { Conductor, ConductorOptions } from "../../src/conductor/index.ts";
import {
  type EpochMs,
  type HostName,
  parseHoldSource,
  parseHostName,
  type StorePath,
} from "../../src/contract/index.ts";
import { parsePlan as parseGatePlan } from "../../src/gate/index.ts";
import { type Notification, parseTimeZone } from "../../src/people/index.ts";
import { parsePlan } from "../../src/rollout/index.ts";
import {
  CI_KEY,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  NOON,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { doWell, nuc, PlayedHome, rp4 } from "./played-home.ts";

const rp3 = parseHostName("rp3");
const x1 = parseHostName("x1");
const HOSTS = [rp4, rp3, nuc, x1];

/** The reference home: nuc last and in the early afternoon, x1 whenever it is there. */
const PLAN = parsePlan({
  groups: [
    { name: "rp4", hosts: ["rp4"] },
    { name: "rp3", hosts: ["rp3"] },
    { name: "x1", hosts: [{ host: "x1", optional: true }] },
    {
      ...{ name: "nuc", hosts: [{ host: "nuc", carries: ["broker", "hub"] }] },
      windows: { zone: "Europe/Berlin", allow: [{ from: "13:00", to: "15:00" }] },
    },
  ],
  ...{ settle: "2m", soak: "5m", lease: "30m", maxTrial: "1h", gates: ["preflight", "soak"] },
  windows: { zone: "Europe/Berlin", deny: [] },
});

/** Ten pictures a minute are a living camera; below sixteen degrees a bedroom is cold. */
const HOUSE = parseGatePlan({
  rows: [
    {
      ...{ name: "bedroom", topics: ["tele/bedroom/SENSOR"], path: "AM2301.Temperature" },
      ...{ is: "above", limit: 16, interval: "1m", expireAfter: "3m" },
    },
    {
      ...{ name: "camera, pictures a minute", topics: ["camera/pictures"], format: "plain" },
      ...{ is: "above", limit: 4, interval: "1m", expireAfter: "3m" },
    },
  ],
  ...{ soak: "5m", initialDelay: "10s", timeout: "30m", failureCount: 3, failureWindow: 5 },
});

/** A home of four on one long day, with real journal, gate and texts, and time that a test lets pass. */
export class DayInTheHouse {
  readonly home = new PlayedHome();
  readonly #shown: string[] = [];
  #last: Notification[] = [];
  readonly #paths = new Map<HostName, StorePath>();
  readonly #arrivals = new Map<HostName, number>();
  #isNucSwitched: boolean = false;
  #switchedFor = "";
  #pictures = 10;
  #offered = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]();
  }

  async begin(): Promise<void> {
    this.home.clock.now = NOON - 8 * HOUR_MS; // 06:00 in Berlin
    for (const host of [rp4, rp3, nuc]) this.#arrive(host);
    await this.#open();
  }

  async #open(): Promise<void> {
    const { home } = this;
    const hub = await home.open({
      ...{ hosts: HOSTS, plan: PLAN },
      home: { language: "en", zone: parseTimeZone("Europe/Berlin") },
      ...(await this.wires()),
    });
    await this.opened(hub);
    hub.onHappened(({ notification, view }) => {
      if (notification) this.told(notification, view.at);
    });
    hub.openGate("house", HOUSE, null);
  }

  /** Over what the hub is opened: by default a broker in memory. */
  protected async wires(): Promise<Partial<ConductorOptions>> {
    return {};
  }

  protected async opened(_hub: Conductor): Promise<void> {}

  /** The broker goes and comes with nuc. */
  protected async nucIsAway(): Promise<void> {}

  /** A notification goes out. */
  protected told(notification: Notification, at: EpochMs): void {
    this.#last.push(notification);
    this.show(notification, at);
  }

  /** Written down as a person sees it. */
  protected show(one: Shown, at: EpochMs): void {
    const text = one.body.replaceAll("\n", " / ");
    const buttons = one.actions.map(({ label }) => ` [${label}]`).join("");
    this.#shown.push(`${HOUR.format(at)} (${one.priority}) ${one.title}\n    ${text}${buttons}`);
  }

  /** It does well whatever it is ordered; its path before is what it last kept. */
  #arrive(host: HostName): void {
    const arrival = (this.#arrivals.get(host) ?? 0) + 1;
    this.#arrivals.set(host, arrival);
    this.home.play(host, (order, statement) => {
      if (this.#arrivals.get(host) !== arrival) return null; // it has connected anew since
      if (host === nuc && order.goal === "trial") this.#noteSwitch(order.rollout);
      const before = this.#paths.get(host);
      const said = doWell(order, statement);
      if (order.goal === "commit") this.#paths.set(host, statement.storePath);
      if (host === rp3 && order.goal === "revert") this.#pictures = 10; // the old driver
      const isBack = order.goal === "stage" || order.goal === "revert";
      return said && isBack && before ? { ...said, current: before, profile: before } : said;
    });
  }

  #noteSwitch(rollout: string): void {
    if (this.#switchedFor === rollout) return; // the same order, said again
    this.#isNucSwitched = true;
    this.#switchedFor = rollout;
  }

  /** Lets the day pass up to the hour, in Berlin; sensors speak twice a minute. */
  async until(hour: string): Promise<void> {
    const [hours, minutes] = hour.split(":").map(Number) as [number, number];
    const end = this.#midnight + hours * HOUR_MS + minutes * MINUTE_MS;
    while (this.home.clock.now < end) await this.#halfMinute();
  }

  get #midnight(): number {
    const passed = Math.floor((this.home.clock.now + 2 * HOUR_MS) / DAY_MS);
    return passed * DAY_MS - 2 * HOUR_MS;
  }

  async #halfMinute(): Promise<void> {
    const { broker, clock } = this.home;
    const told = { Time: "2026-07-14T12:00:00", AM2301: { Temperature: 20.4 } };
    broker.publish("tele/bedroom/SENSOR", Buffer.from(JSON.stringify(told)), true);
    broker.publish("camera/pictures", Buffer.from(String(this.#pictures)), false);
    await clock.pass(30_000);
    if (!this.#isNucSwitched) return;
    this.#isNucSwitched = false;
    await this.#startNucAgain();
  }

  /** The new nuc starts broker and hub again; its agent and theirs connect anew. */
  async #startNucAgain(): Promise<void> {
    const { home } = this;
    await home.kill();
    await this.nucIsAway();
    await home.clock.pass(MINUTE_MS);
    await this.#open();
    this.#arrive(nuc);
    for (const host of [rp4, rp3, nuc]) home.repeat(host);
  }

  /** CI's push: every host gets a new closure. */
  async release(title: string): Promise<void> {
    const { broker, clock } = this.home;
    this.#offered += 1;
    const statements = HOSTS.map((host) => {
      const issued = clock.now as never;
      const expires = (clock.now + 60 * DAY_MS) as never;
      const own = { host, serial: clock.now as never, issued, expires, title };
      return sealStatement(statementOf(`${host} ${this.#offered}`, own), CI_KEY).envelope;
    });
    const release = { v: 1, statements } as const;
    broker.tell({ kind: "release", channel: "main" as never }, release);
    this.home.hub?.offer(release);
    await clock.pass(1_000);
  }

  async hold(source: string, isOn: boolean): Promise<void> {
    this.home.broker.tell(
      { kind: "holdSet", source: parseHoldSource(source) },
      isOn ? "ON" : "OFF",
    );
  }

  /** A button on the newest notification that has it, by its one-time token. */
  async tap(label: string): Promise<string> {
    const hub = this.home.hub;
    const shown = this.#last.findLast(({ actions }) =>
      actions.some((action) => action.label === label),
    );
    const button = shown?.actions.find((action) => action.label === label);
    if (!hub || !shown || !button || button.verb === "install") {
      throw new Error(`no button ${label} on the phone`);
    }
    const { verb, host } = button;
    const [token] = hub.phone.mint(shown.sequenceId, [{ verb, label, host }]);
    return hub.phone.press(String(token), `tap-${label}`).kind;
  }

  cameraBreaks(): void {
    this.#pictures = 0;
  }

  async weeksLater(weeks: number): Promise<void> {
    await this.beAway(weeks * 7 * DAY_MS);
    for (let minute = 0; minute < 10; minute += 1) await this.#halfMinute();
  }

  protected async beAway(ms: number): Promise<void> {
    await this.home.clock.pass(ms);
  }

  async comesHome(): Promise<void> {
    this.#pictures = 10;
    this.#arrive(x1);
    for (let half = 0; half < 120; half += 1) await this.#halfMinute();
  }

  get failures() {
    return this.home.failures;
  }

  get phone(): string {
    return this.#shown.join("\n");
  }
}

/** Of a notification, or of what a server made of it. */
export interface Shown {
  readonly title: string;
  readonly body: string;
  readonly priority: number;
  readonly actions: readonly { readonly label: string }[];
}

const HOUR = new Intl.DateTimeFormat("en-GB", {
  ...{ timeZone: "Europe/Berlin", day: "numeric", month: "short" },
  ...{ hour: "2-digit", minute: "2-digit" },
});
