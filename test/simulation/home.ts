import { type EpochMs, type HostName, parseHoldSource } from "../../src/contract/index.ts";
import { newRolloutState, parsePlan, type RolloutState, reduce } from "../../src/rollout/index.ts";
import { CHANNEL, NOON, type pathFor } from "../support/contract-builders.ts";
import { BrokerModel, GOOD_WEATHER } from "./broker-model.ts";
import { Closures } from "./closures.ts";
import { ContinuousIntegration } from "./continuous-integration.ts";
import type { GatePlan } from "./gate-door.ts";
import type { HostMachine } from "./host-machine.ts";
import { EASY, type HostRules, limitsFrom } from "./host-rules.ts";
import { House, WARM_ROOMS } from "./house.ts";
import { type HubDisk, ModelledHubDisk } from "./hub-disk.ts";
import { CARRIER } from "./hub-world.ts";
import { lookedAtNothing } from "./looked.ts";
import { Random } from "./random.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { SimulatedHub } from "./simulated-hub.ts";
import type { Deed, Story } from "./story.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { HubWatch } from "./watch.ts";
import { GuardWatch } from "./watch-guards.ts";
import { HostWatch } from "./watch-hosts.ts";

export interface Line {
  readonly at: EpochMs;
  readonly who: string;
  readonly what: string;
}

/** What a home may have in another make. */
export interface HomeParts {
  /** The reducer of the hub; a test may break it on purpose. */
  readonly mind?: typeof reduce;
  readonly newDisk?: (state: RolloutState) => HubDisk;
  readonly gatePlan?: GatePlan;
}

const WALL_SWITCH = parseHoldSource("wall");

/** A whole home under one virtual clock and one seed: hosts, broker, hub, sensors, CI, people, faults. */
export class Home {
  readonly clock: VirtualClock;
  readonly chance: Random;
  readonly broker: BrokerModel;
  readonly closures = new Closures();
  readonly ci: ContinuousIntegration;
  readonly hosts = new Map<HostName, SimulatedHost>();
  readonly house: House;
  readonly hub: SimulatedHub;
  readonly watch: HubWatch;
  readonly lines: Line[] = [];
  readonly start: EpochMs = NOON;
  readonly #guardWatch: GuardWatch;
  readonly #hostWatch = new HostWatch();
  #second: SimulatedHub | null = null;
  /** What a person kept although it makes the house ill is put right by hand in the end. */
  #isMended: boolean = false;
  #hubs = 1;

  readonly #parts: HomeParts;

  constructor(
    { seed, hosts, plan, rules = {} }: Pick<Story, "seed" | "hosts" | "plan" | "rules">,
    parts: HomeParts = {},
  ) {
    this.#parts = parts;
    this.chance = new Random(seed).fork("home");
    this.clock = new VirtualClock(this.start);
    this.broker = new BrokerModel(this.clock, this.chance.fork("broker"));
    this.ci = new ContinuousIntegration(this.broker, this.closures);
    const looked = lookedAtNothing();
    this.#guardWatch = new GuardWatch(looked);
    for (const [name, first] of this.ci.install(hosts)) this.#addHost(name, first, rules[name]);
    this.house = new House(this.broker, this.clock, this.chance.fork("house"), () =>
      this.#condition(),
    );
    this.watch = new HubWatch(this.hosts, this.house, looked);
    const { newDisk = (state) => new ModelledHubDisk(state) } = parts;
    this.hub = this.#makeHub("hub", newDisk(newRolloutState(parsePlan(plan), this.start)));
    this.house.live();
    this.hub.start();
    for (const host of this.hosts.values()) host.boot();
  }

  tell(who: string, what: string): void {
    this.lines.push({ at: this.clock.now, who, what });
  }

  host(name: HostName): SimulatedHost {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  /** Lets time pass. @throws Violation at the very step at which an invariant no longer holds */
  run(durationMs: number): void {
    const end = this.clock.now + durationMs;
    this.clock.runUntil(end, () => this.#hostWatch.look(this.hosts.values()));
  }

  #addHost(name: HostName, first: ReturnType<typeof pathFor>, rules: HostRules = {}): void {
    const { clock, broker, closures } = this;
    const world = {
      ...{ clock, broker, closures, chance: this.chance.fork(name) },
      tell: (who: string, what: string) => this.tell(who, what),
      systemChanged: (host: HostMachine, why: "switched" | "booted" | "down") =>
        this.#systemChanged(host, why),
      begins: (host: HostMachine, what: "trial" | "pull") => this.#guardWatch.begins(host, what),
      activated: (key: string) => this.watch.activated(key, this.clock.now),
    };
    const host = new SimulatedHost(world, name, CHANNEL, first);
    const traits = this.chance.fork(`${name} traits`);
    host.bootRisk = traits.chance(0.3) ? "no-way-back" : "one-shot";
    host.rebootToRecover = traits.chance(0.7);
    host.limits = limitsFrom(rules);
    this.hosts.set(name, host);
  }

  #makeHub(name: string, disk: HubDisk): SimulatedHub {
    const { clock, broker, ci } = this;
    const { mind = reduce, gatePlan = WARM_ROOMS } = this.#parts;
    const world = {
      ...{ clock, broker, chance: this.chance.fork(name), watcher: this.watch, mind, gatePlan },
      ...{ hosts: [...this.hosts.keys()], statements: ci.statements, releases: ci.releases },
      tell: (who: string, what: string) => this.tell(who, what),
    };
    return new SimulatedHub(world, name, disk);
  }

  /** What the running systems make of the house. */
  #condition(): "well" | "ill" | "silent" {
    if (this.#isMended) return "well";
    const conditions = [...this.hosts.values()].map(
      ({ current }) => this.closures.of(current).house,
    );
    return (
      conditions.find((one) => one === "silent") ??
      conditions.find((one) => one === "ill") ??
      "well"
    );
  }

  /** The server's own system carries broker and hub: they go and come with it. */
  #systemChanged(host: HostMachine, why: "switched" | "booted" | "down"): void {
    if (host.name !== CARRIER || !this.hub) return;
    this.hub.kill();
    if (this.broker.isUp) this.broker.crash(false);
    if (why === "down") return;
    const { current } = host;
    if (this.closures.of(current).carries === "dies") {
      this.tell(CARRIER, "its broker does not start");
      return;
    }
    const isStill = (): boolean => host.isOn && host.current === current;
    this.clock.after(4_000, () => isStill() && this.broker.start());
    this.clock.after(9_000, () => isStill() && this.hub.start());
  }

  hold(on: boolean): void {
    this.hub.tell((at) =>
      on
        ? { type: "HoldSet", at, source: WALL_SWITCH, host: null }
        : { type: "HoldReleased", at, source: WALL_SWITCH },
    );
  }

  ask(what: Extract<Deed, { do: "ask" }>["what"], host: HostName): void {
    const by = "ann";
    this.hub.tell((at) => {
      switch (what) {
        case "deploy-now":
          return { type: "DeployAsked", at, by, now: true };
        case "abort":
          return { type: "AbortAsked", at, by, scope: "failed" };
        case "abort-all":
          return { type: "AbortAsked", at, by, scope: "all" };
        case "retry":
          return { type: "RetryAsked", at, by, host };
        case "rollback":
          return { type: "RollbackAsked", at, by, host };
        case "promote":
          return { type: "PromoteAsked", at, by, host };
        case "skip":
          return { type: "SkipAsked", at, by, host };
        case "approve":
          return { type: "Approved", at, by, group: null, host: null };
      }
    });
  }

  setClock(who: HostName | "hub", byMs: number, synchronised: boolean): void {
    const whose = who === "hub" ? this.hub : this.host(who);
    whose.clockWrongByMs = byMs;
    whose.isSynchronised = synchronised;
    if (who === "hub") this.hub.checkClock();
    else this.host(who).report();
  }

  /** Somebody copied the flow with its state folder and its key to another machine. */
  addSecond(forMs: number): void {
    if (this.#second) return;
    const second = this.#makeHub(`hub-${++this.#hubs}`, this.hub.disk.copy());
    this.#second = second;
    second.start();
    this.clock.after(forMs, () => {
      second.kill();
      this.#second = null;
      this.hub.tell((at) => ({ type: "FenceCleared", at, by: "ann" }));
    });
  }

  /** Everything works again, and will. */
  heal(): void {
    this.broker.weather = GOOD_WEATHER;
    this.house.dead.clear();
    this.#isMended = true;
    this.#second?.kill();
    this.#second = null;
    for (const who of [...this.hosts.keys(), "hub" as const]) this.setClock(who, 0, true);
    for (const host of this.hosts.values()) {
      host.change({ otherAgents: [], mood: EASY, limits: { ...host.limits, mode: "active" } });
    }
  }
}
