import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DemoHome, makeDemoHome, NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { type HomeSight, type HomeWatch, watchHome } from "../../../src/cli/demo/home-sight.ts";
import { installSystem } from "../../../src/cli/demo/host-nix.ts";
import { removeTree } from "../../../src/cli/demo/remove-tree.ts";
import type { HomePlaces } from "../../../src/cli/setup/home-places.ts";
import {
  type KeyName,
  parseSecretKey,
  type Reported,
  type UserName,
} from "../../../src/contract/index.ts";
import { openHeldCache } from "../house/held-cache.ts";
import { bundlePrograms, type HouseHost, houseHost } from "../house/house-host.ts";
import { type HouseRelease, makeRelease } from "../house/house-systems.ts";
import { publishRelease } from "../house/publish-release.ts";
import { endedAs } from "../house/rollout-sight.ts";
import { followGuide } from "./follow-guide.ts";
import { openLaptop, type RecoveryLaptop } from "./recovery-laptop.ts";

const LOST_MS = 90_000;

/**
 * The home of docs/recovery.md: made by `nixwave init`, its hub is `nixwave hub` with its own broker, its hosts are real
 * agents with Nix. A person's shell runs the guide's own lines in it.
 */
export interface RecoveryHome extends AsyncDisposable {
  /** What stands for /var/lib/nixwave-hub. */
  readonly state: string;
  /** What stands for ~ on the laptop: nixwave-home lies in it. */
  readonly laptop: string;
  readonly home: DemoHome;
  readonly reports: readonly Reported[];
  readonly rp4: HouseHost;
  /** Runs the guide's session of that name, line by line. @throws Error where it says something else than the guide */
  follow(session: string): Promise<void>;
  /** Lines of a test's own. @throws Error with what they said when they fail */
  run(command: string): Promise<void>;
  /** CI builds the next release and publishes it. @returns its title, and what each host would run */
  publish(): Promise<HouseRelease>;
  /** CI runs again for what it built before: the same systems under a newer serial. */
  publishAgain(release: HouseRelease): Promise<void>;
  until(what: string, isSo: (sight: HomeSight) => boolean): Promise<void>;
  /** Until this release has reached every host. */
  promoted(title: string): Promise<void>;
  /** CI's key, from now on. */
  signWith(file: string): Promise<void>;
}

export async function openRecoveryHome(): Promise<RecoveryHome> {
  await using ends = new AsyncDisposableStack();
  const made = await makeDemoHome("none");
  ends.defer(() => removeTree(made.directory));
  const person = await openLaptop(ends, made.directory);
  const { laptop, usb, state, places, brokerUrl, shell, run } = person;
  const home = await homeOf(made, places);
  const cache = await openHeldCache(home.cache.directory);
  ends.defer(() => cache.close());
  const hosts = await startHosts(ends, home, person, cache.url);
  const watch = await watchHome(brokerUrl, places.password("demo" as UserName));
  ends.defer(() => watch.close());
  const until = (what: string, isSo: (sight: HomeSight) => boolean) =>
    seen(what, isSo, watch, () => readFile(join(laptop, "hub.log"), "utf8"), hosts);
  const reports = reportsOf(watch);
  await until("both hosts are there", ({ online }) => online.has(RP4) && online.has(NUC));
  const guidePlaces = new Map([
    ["/var/lib/nixwave-hub", state],
    ["/media/usb", usb],
  ]);
  const all = ends.move();
  return {
    ...{ state, laptop, home, reports, until, run },
    ...ciOf(home, person, cache.ciUrl),
    rp4: hosts[0] as HouseHost,
    follow: (session) => followGuide(session, guidePlaces, (step) => shell.run(step)),
    promoted: (title) =>
      until(`${title} promoted`, ({ status }) => endedAs(status, title, "Promoted")),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Each with a system that works, and its agent running. @param ends has the agents in it from now on */
async function startHosts(
  ends: AsyncDisposableStack,
  home: DemoHome,
  { places, brokerUrl, environment }: RecoveryLaptop,
  cacheUrl: string,
): Promise<readonly HouseHost[]> {
  const programs = join(home.directory, "programs");
  await bundlePrograms(programs);
  const publicKeys = async (...names: readonly string[]) =>
    Promise.all(
      names.map(async (name) => (await readFile(places.publicKey(name as KeyName), "utf8")).trim()),
    );
  const settings = {
    releaseKeys: await publicKeys("ci-1", "ci-2"),
    hubKeys: await publicKeys("hub-1", "hub-2"),
  };
  const installed = await makeRelease(home, 0, "works");
  const hosts: HouseHost[] = [];
  for (const plan of home.hosts) {
    const path = installed.paths.get(plan.host);
    if (path) await installSystem(plan, path, cacheUrl, home.cacheKey.publicKey, environment);
    const at = { brokerUrl, cacheUrl, programs, settings };
    const host = houseHost(home, plan, at, environment);
    await host.startAgent();
    ends.defer(() => host.stopAgent());
    hosts.push(host);
  }
  return hosts;
}

/** All that hosts have reported, in turn; it grows. */
function reportsOf(watch: HomeWatch): readonly Reported[] {
  const reports: Reported[] = [];
  watch.onChange(({ reports: now }) => {
    for (const one of now.values()) if (!reports.includes(one)) reports.push(one);
  });
  return reports;
}

function ciOf(
  home: DemoHome,
  { brokerUrl, environment }: RecoveryLaptop,
  cacheUrl: string,
): Pick<RecoveryHome, "publish" | "publishAgain" | "signWith"> {
  let number = 0;
  let signing = home;
  const publishAgain = (release: HouseRelease): Promise<void> =>
    publishRelease(signing, release, { brokerUrl, cacheUrl }, environment);
  return {
    async publish() {
      number += 1;
      const release = await makeRelease(home, number, "works");
      await publishAgain(release);
      return release;
    },
    publishAgain,
    async signWith(file) {
      signing = { ...home, signingKeyFile: file };
    },
  };
}

/** The demo's hosts and cache, with the keys and passwords that `nixwave init` made. */
async function homeOf(made: DemoHome, places: HomePlaces): Promise<DemoHome> {
  const secret = async (role: "ci" | "hub", name: string) =>
    parseSecretKey(await readFile(places.secretKey(role, name as KeyName), "utf8"));
  const passwords: Readonly<Record<string, string>> = { ci: places.ciPassword };
  const [ci, hub] = [await secret("ci", "ci-1"), await secret("hub", "hub-1")];
  return {
    ...made,
    hosts: made.hosts.filter(({ host }) => host === RP4 || host === NUC),
    ...{ releaseKey: ci, signingKey: ci, hubKey: hub },
    signingKeyFile: places.secretKey("ci", "ci-1" as KeyName),
    passwordFile: (user) => passwords[user] ?? places.credentials(user as never),
  };
}

async function seen(
  what: string,
  isSo: (sight: HomeSight) => boolean,
  watch: HomeWatch,
  log: () => Promise<string>,
  hosts: readonly HouseHost[],
): Promise<void> {
  const lost = Promise.withResolvers<never>();
  const timer = setTimeout(async () => {
    const { status, reports, holds } = watch.sight;
    const seenNow = { status, holds: [...holds], reports: [...reports.values()] };
    const said = hosts.flatMap(({ lines }) => lines.slice(-12)).join("\n");
    const hub = (await log()).split("\n").slice(-20).join("\n");
    lost.reject(
      new Error(`not seen: ${what}\n${JSON.stringify(seenNow, null, 1)}\n${said}\n${hub}`),
    );
  }, LOST_MS);
  try {
    await Promise.race([watch.until(isSo), lost.promise]);
  } finally {
    clearTimeout(timer);
  }
}
