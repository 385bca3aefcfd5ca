import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Heating } from "../../../src/cli/demo/demo-system.ts";
import { type HomeSight, type HomeWatch, watchHome } from "../../../src/cli/demo/home-sight.ts";
import type { HostName, Reported, RolloutStatus } from "../../../src/contract/index.ts";
import { endMosquitto, startMosquittoOf } from "../house/house-broker.ts";
import { type HouseHost, houseHost } from "../house/house-host.ts";
import { type HouseHub, openHouseHub } from "../house/house-hub.ts";
import { type HouseRelease, makeRelease } from "../house/house-systems.ts";
import { publishRelease } from "../house/publish-release.ts";
import { type Ground, HOSTS, openGround } from "./migrating-ground.ts";

const LOST_MS = 60_000;
const NIXWAVE = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const ALONE = { parallel: 1, approval: "none", reboot: "ask" };

type Mode = "observe" | "active";
interface Agent {
  readonly host: HouseHost;
  readonly mode: Mode;
}
type Mosquitto = Awaited<ReturnType<typeof startMosquittoOf>>;

/** Opens it as homes are: a broker that asks nobody's name, every host observing. */
export async function openMigratingHome(): Promise<MigratingHome> {
  const end = new AsyncDisposableStack();
  try {
    return await moveIn(end);
  } catch (error) {
    await end.disposeAsync();
    throw error;
  }
}

async function moveIn(end: AsyncDisposableStack): Promise<MigratingHome> {
  const home = new MigratingHome(await openGround(end), end);
  await home.openBroker();
  await home.openHub();
  await home.mode("observe", ...HOSTS);
  await home.until("all are there", ({ online }) => HOSTS.every((host) => online.has(host)));
  return home;
}

/** The home of docs/from-cachix-deploy.md: real agents, Node-RED, mosquitto, Nix; Cachix's part is played by the two commands of its agent. */
export class MigratingHome {
  readonly #ground: Ground;
  readonly #end: AsyncDisposableStack;
  readonly #agents = new Map<HostName, Agent>();
  readonly #reports: Reported[] = [];
  readonly #statuses: RolloutStatus[] = [];
  /** By which listener hosts connect. */
  #door: "open" | "named" = "open";
  #built = 0;
  #mosquitto: Mosquitto | null = null;
  #watch: HomeWatch | null = null;
  #hub: HouseHub | null = null;

  constructor(ground: Ground, end: AsyncDisposableStack) {
    this.#ground = ground;
    this.#end = end;
    end.defer(async () => {
      await Promise.all([...this.#agents.values()].map(({ host }) => host.stopAgent()));
      await this.#hub?.close();
      await this.#watch?.close();
      if (this.#mosquitto) await endMosquitto(this.#mosquitto);
    });
  }

  get sight(): HomeSight {
    if (!this.#watch) throw new Error("no broker yet");
    return this.#watch.sight;
  }
  /** Every report and every word of the hub since `forget`, in order. */
  get reports(): readonly Reported[] {
    return this.#reports;
  }
  get statuses(): readonly RolloutStatus[] {
    return this.#statuses;
  }
  forget(): void {
    for (const list of [this.#reports, this.#statuses]) list.splice(0);
  }

  /** Resolves when it is seen; rejects with what is seen instead. */
  async until(what: string, isSo: (sight: HomeSight) => boolean): Promise<void> {
    const lost = Promise.withResolvers<never>();
    const timer = setTimeout(() => lost.reject(new Error(this.#instead(what))), LOST_MS);
    try {
      await Promise.race([this.#watch?.until(isSo), lost.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  build(heating: Heating): Promise<HouseRelease> {
    this.#built += 1;
    return makeRelease(this.#ground.home, this.#built, heating);
  }

  publish(release: HouseRelease): Promise<void> {
    const { home, cache, environment } = this.#ground;
    const places = { brokerUrl: this.#url, cacheUrl: cache.ciUrl };
    return publishRelease(home, release, places, environment);
  }

  /**
   * `nix-env --set`, then `switch-to-configuration switch`. At rest a host says every ten minutes what it runs; its agent
   * is started anew, so that nobody waits for that.
   */
  async cachix({ paths }: HouseRelease, ...hosts: readonly HostName[]): Promise<void> {
    for (const host of hosts) {
      const [path, agent] = [paths.get(host), this.#agents.get(host)];
      if (!path || !agent) throw new Error(`${host} is not in the home`);
      await agent.host.switchByHand(path);
      await this.#start(host, agent.mode);
    }
  }

  /** What the hosts' configuration says from now on; their agents are started anew, as a switch does. */
  async mode(mode: Mode, ...hosts: readonly HostName[]): Promise<void> {
    for (const host of hosts) await this.#start(host, mode);
  }

  async #start(host: HostName, mode: Mode): Promise<void> {
    await this.#agents.get(host)?.host.stopAgent();
    const { home, environment, cache, programs } = this.#ground;
    const plan = home.hosts.find((one) => one.host === host);
    if (!plan) throw new Error(`${host} is not in the home`);
    const heating = ["/bin/sh", join(home.directory, "warm.sh"), plan.root];
    const settings = {
      ...{ mode, probes: [{ name: "Heating", kind: "command", program: heating }] },
      probeLimit: "3s", // a probe that does not pass is tried again for so long
      ...(this.#door === "named" ? {} : { passwordFile: undefined }),
    };
    const brokerUrl = this.#door === "named" ? this.#url : this.openUrl;
    const places = { brokerUrl, cacheUrl: cache.url, programs, settings };
    const one = houseHost(home, plan, places, environment);
    this.#agents.set(host, { host: one, mode });
    await one.startAgent();
  }

  /** The hosts' configuration has their accounts from now on. */
  async nameHosts(): Promise<void> {
    this.#door = "named";
    for (const [host, { mode }] of this.#agents) await this.#start(host, mode);
  }

  /** The devices' listener follows the rules from now on; what the broker retains stays. */
  async closeBroker(): Promise<void> {
    if (this.#mosquitto) await endMosquitto(this.#mosquitto);
    this.#mosquitto = await startMosquittoOf(this.#ground.brokerClosed);
  }

  async openBroker(): Promise<void> {
    this.#mosquitto = await startMosquittoOf(this.#ground.brokerOpen);
    this.#watch = await watchHome(this.#url, this.#ground.home.passwordFile("demo"));
    this.#listen(this.#watch);
  }

  #listen({ onChange }: HomeWatch): void {
    onChange(({ reports, status }) => {
      for (const report of reports.values()) {
        if (!this.#reports.includes(report)) this.#reports.push(report);
      }
      if (status && this.#statuses.at(-1) !== status) this.#statuses.push(status);
    });
  }

  /** Host by host, with no wires of its own: trial, the host's probes, commit. */
  async openHub(): Promise<void> {
    const { home, environment, ports } = this.#ground;
    const never = (): never => {
      throw new Error("this broker is the home's");
    };
    const broker = { url: this.#url, port: ports.users, openPort: ports.open };
    const groups = HOSTS.map((host) => ({ name: host, hosts: host, ...ALONE }));
    this.#hub = await openHouseHub(home, { ...broker, restart: never, stop: never }, environment, {
      "homelab-rollout": { groups, wires: [[], [], []] },
    });
  }

  /** The command as a person or a script starts it. */
  async nixwave(...args: readonly string[]): Promise<{ status: number; stdout: string }> {
    const env = { NIXWAVE_BROKER: this.#url, ...this.#ground.environment };
    return await new Promise((resolve) => {
      execFile(process.execPath, [NIXWAVE, ...args], { env }, (error, stdout) =>
        resolve({ status: Number(error?.code ?? 0), stdout }),
      );
    });
  }

  /** The account of a person. */
  get asPerson(): readonly string[] {
    return ["--user", "demo", "--password-file", this.#ground.home.passwordFile("demo")];
  }
  /** Where devices connect. */
  get openUrl(): string {
    return `mqtt://127.0.0.1:${this.#ground.ports.open}`;
  }
  get #url(): string {
    return `mqtt://127.0.0.1:${this.#ground.ports.users}`;
  }

  close(): Promise<void> {
    return this.#end.disposeAsync();
  }

  #instead(what: string): string {
    const { status, reports } = this.sight;
    const seen = JSON.stringify({ status, reports: [...reports.values()] }, null, 1);
    const said = [...this.#agents.values()].flatMap(({ host }) => ["", ...host.lines.slice(-25)]);
    const logged = (this.#hub?.lines ?? []).slice(-15).map(({ text }) => text);
    return [`not seen: ${what}`, seen, ...said, "", ...logged].join("\n");
  }
}
