import type { Channel, HostName, StorePath } from "../../src/contract/index.ts";
import type { Connection } from "./connection.ts";
import { HostActivator } from "./host-activator.ts";
import { HostAgent } from "./host-agent.ts";
import { HostDeadman } from "./host-deadman.ts";
import { HostMachine, type HostWorld, short } from "./host-machine.ts";
import { HostUnits } from "./host-units.ts";

const BOOT_MS = 40_000;

/**
 * One NixOS host under the virtual clock: what runs on it, what is on its disk, its activator and its
 * agent. It is cut short by `cutPower`, `crash`, `sleep` and by people.
 */
export class SimulatedHost extends HostMachine {
  readonly #activator: HostActivator;
  readonly #deadman: HostDeadman;
  readonly #units: HostUnits;
  readonly #agent: HostAgent;

  constructor(world: HostWorld, name: HostName, channel: Channel, first: StorePath) {
    super(world, name, channel, first);
    const reboot = (): void => this.reboot();
    this.#units = new HostUnits(this, () => this.#systemChanged());
    this.#deadman = new HostDeadman({
      ...{ host: this, units: this.#units, reboot },
      seize: () => this.#activator.drop(),
      isLockFree: () => !this.#activator.isRunning,
      done: () => this.#activator.work(),
    });
    this.#activator = new HostActivator(this, {
      ...{ units: this.#units, deadman: this.#deadman, reboot },
      reported: () => this.#agent.reportChanged(),
    });
    this.#agent = new HostAgent(this, () => this.#activator.mail());
  }

  #systemChanged(): void {
    this.world.systemChanged(this, "switched");
    this.#agent.systemChanged();
  }

  /** What the agent makes of its own reports before it sends them. */
  set words(words: HostAgent["words"]) {
    this.#agent.words = words;
  }

  get connection(): Connection {
    return this.#agent.connection;
  }

  report(): void {
    this.#agent.report();
  }

  /** The first boot, and each one after the power was gone. */
  boot(): void {
    this.startSystem();
    this.#agent.start();
    this.#activator.work();
  }

  cutPower(forMs: number): void {
    if (!this.isOn) return;
    this.tell(`loses power for ${Math.round(forMs / 60_000)} min`);
    this.#goDown(forMs);
  }

  reboot(): void {
    if (!this.isOn) return;
    this.tell("reboots");
    this.#goDown(0);
  }

  #goDown(forMs: number): void {
    this.loseSystem();
    this.#activator.drop();
    this.#deadman.drop();
    this.#units.forget();
    this.#agent.kill();
    this.world.systemChanged(this, "down");
    this.world.clock.after(forMs + BOOT_MS, () => {
      if (!this.isOn) this.boot();
    });
  }

  /** The activator is killed that many actions from now, and started again within a minute. */
  crashActivator(steps = 0): void {
    if (!this.isOn) return;
    if (steps > 0) this.#activator.crashSoon(steps);
    else this.#activator.crash();
  }

  unlock(): void {
    if (this.isOn && !this.isAsleep) this.#activator.unlock();
  }

  /** Its person does something else with it, or its configuration is another one. */
  change(what: Partial<Pick<HostMachine, "limits" | "otherAgents" | "mood">>): void {
    Object.assign(this, what);
    this.#activator.work();
  }

  crashAgent(): void {
    if (!this.isOn) return;
    this.tell("agent killed");
    this.#agent.kill();
    this.after(3_000, () => this.#agent.start(), "agent");
  }

  sleep(forMs: number): void {
    if (!this.isOn || this.isAsleep) return;
    this.tell(`sleeps for ${Math.round(forMs / 60_000)} min`);
    this.isAsleep = true;
    this.connection.cutFor(forMs);
    this.world.clock.after(forMs, () => this.#wake());
  }

  /** nixos-rebuild switch, by hand. */
  rebuildByHand(path: StorePath): void {
    if (!this.isOn || this.isAsleep) return;
    if (this.#units.isRunning) {
      this.after(60_000, () => this.rebuildByHand(path), "systemd"); // the switch's own lock
      return;
    }
    this.tell(`a person runs nixos-rebuild switch (${short(path)})`);
    this.ownSystems.add(path);
    this.current = path;
    this.profile = path;
    this.bootDefault = path;
    this.#systemChanged();
    this.#activator.work();
  }

  #wake(): void {
    if (!(this.isOn && this.isAsleep)) return;
    this.isAsleep = false;
    this.wokeBootMs = this.bootMs;
    this.tell("wakes");
    const waiting = this.takeWaiting();
    this.#activator.work(); // the deadman's timer has expired in the meantime: it comes before any letter
    for (const what of waiting) what();
  }
}
