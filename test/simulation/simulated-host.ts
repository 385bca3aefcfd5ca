import type { Channel, HostName, StorePath } from "../../src/contract/index.ts";
import type { Connection } from "./connection.ts";
import { HostActivator } from "./host-activator.ts";
import { HostAgent } from "./host-agent.ts";
import { HostMachine, type HostWorld, short } from "./host-machine.ts";

const BOOT_MS = 40_000;

/**
 * One NixOS host under the virtual clock: what runs on it, what is on its disk, its activator and its
 * agent. It is cut short by `cutPower`, `crash`, `sleep` and by people.
 */
export class SimulatedHost extends HostMachine {
  readonly #activator: HostActivator;
  readonly #agent: HostAgent;

  constructor(world: HostWorld, name: HostName, channel: Channel, first: StorePath) {
    super(world, name, channel, first);
    this.#activator = new HostActivator(this, {
      report: () => this.report(),
      renew: () => this.#agent.renew(),
    });
    this.#agent = new HostAgent(this, this.#activator);
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
    this.loseSystem();
    this.#activator.drop();
    this.#agent.kill();
    this.world.systemChanged(this, "down");
    this.world.clock.after(forMs + BOOT_MS, () => {
      if (!this.isOn) this.boot();
    });
  }

  /** The activator is killed at this instant and started again within a minute. */
  crashActivator(): void {
    if (!this.isOn) return;
    this.tell("activator killed");
    this.#activator.drop();
    this.disk.reread();
    this.after(this.world.chance.between(100, 60_000), () => this.#activator.work());
    this.#activator.watchDeadline();
  }

  crashAgent(): void {
    if (!this.isOn) return;
    this.tell("agent killed");
    this.#agent.kill();
    this.after(3_000, () => this.#agent.start());
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
    this.tell(`a person runs nixos-rebuild switch (${short(path)})`);
    this.ownSystems.add(path);
    this.current = path;
    this.profile = path;
    this.bootDefault = path;
    this.world.systemChanged(this, "switched");
    this.#agent.renew();
    this.#activator.work();
  }

  #wake(): void {
    if (!(this.isOn && this.isAsleep)) return;
    this.isAsleep = false;
    this.tell("wakes");
    const waiting = this.takeWaiting();
    this.#activator.work(); // the deadman's timer has expired in the meantime: it comes before any letter
    for (const what of waiting) what();
  }
}
