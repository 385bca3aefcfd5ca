import type { RunState } from "../../agent/decide/facts.ts";
import type { StorePath } from "../../src/contract/index.ts";
import type { HostMachine } from "./host-machine.ts";

interface Switch {
  readonly key: string;
  readonly system: StorePath;
  readonly verb: "test" | "boot";
}

/**
 * systemd's transient units: a system's own switch-to-configuration, which goes on when the activator that
 * started it dies. Its lock lets one run at a time.
 */
export class HostUnits {
  readonly #host: HostMachine;
  readonly #changed: () => void;
  #waiting: { readonly key: string; readonly then: () => void }[] = [];

  /** @param changed the running system is another one now */
  constructor(host: HostMachine, changed: () => void) {
    this.#host = host;
    this.#changed = changed;
  }

  get isRunning(): boolean {
    return [...this.#host.runs.values()].some(({ state }) => state === "running");
  }

  stateOf(key: string): RunState {
    return this.#host.runs.get(key) ?? { state: "none" };
  }

  /** The same key twice is the same run. */
  start(order: Switch): void {
    const { key, verb } = order;
    const { runs, world } = this.#host;
    if (runs.has(key)) return;
    if (this.isRunning) {
      this.#end(key, 11, "");
      return;
    }
    runs.set(key, { state: "running" });
    const [least, most] = verb === "test" ? [3_000, 60_000] : [1_000, 8_000];
    this.#host.after(world.chance.between(least, most), () => this.#run(order), "systemd");
  }

  ended(key: string, then: () => void): void {
    if (this.stateOf(key).state === "running") this.#waiting.push({ key, then });
    else then();
  }

  #run({ key, system, verb }: Switch): void {
    const status = verb === "test" ? this.#test(system) : this.#boot(system);
    this.#end(key, status, status === 0 ? "" : "it went wrong");
  }

  #end(key: string, status: number, output: string): void {
    const end = { kind: "exited", status } as const;
    this.#host.runs.set(key, { state: "ended", end, output });
    const due = this.#waiting.filter((one) => one.key === key);
    this.#waiting = this.#waiting.filter((one) => one.key !== key);
    for (const { then } of due) then();
  }

  #test(system: StorePath): number {
    const host = this.#host;
    const { closures } = host.world;
    const target = host.disk.trial?.target;
    const isWayBack = target !== undefined && system !== target;
    if (isWayBack && closures.of(target).wayBack === "fails") return 1;
    if (!isWayBack && closures.of(system).activation === "fails") return 1;
    if (host.current === system) return 0;
    host.current = system;
    this.#changed();
    return 0;
  }

  /** What the profile names becomes the default, as the boot loader's installer has it. */
  #boot(system: StorePath): number {
    const host = this.#host;
    if (host.world.closures.of(system).boot === "fails") return 1;
    host.bootDefault = host.profile;
    return 0;
  }

  /** Whoever waited died with the power. */
  forget(): void {
    this.#waiting = [];
  }
}
