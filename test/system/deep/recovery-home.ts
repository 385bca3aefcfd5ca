import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type DemoHome, makeDemoHome, NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { type HomeSight, type HomeWatch, watchHome } from "../../../src/cli/demo/home-sight.ts";
import { installSystem } from "../../../src/cli/demo/host-nix.ts";
import { removeTree } from "../../../src/cli/demo/remove-tree.ts";
import { homePlaces } from "../../../src/cli/setup/home-places.ts";
import {
  type KeyName,
  parseSecretKey,
  type Reported,
  type UserName,
} from "../../../src/contract/index.ts";
import { parseFlow } from "../../../src/hub/index.ts";
import { freePort } from "../../support/brokers.ts";
import { SessionShell } from "../../support/console-session.ts";
import { openHeldCache } from "../house/held-cache.ts";
import { bundlePrograms, type HouseHost, houseHost } from "../house/house-host.ts";
import { type HouseRelease, makeRelease } from "../house/house-systems.ts";
import { publishRelease } from "../house/publish-release.ts";
import { endedAs } from "../house/rollout-sight.ts";
import { followGuide } from "./follow-guide.ts";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = fromHere("../../../src/cli/main.ts");
const MINIMAL = fromHere("../../../flows/minimal.json");
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

/** systemd is played: the unit is the process that it would start. */
const systemctl = (args: string): string => `#!/bin/bash
[ "$2" = nixwave-hub ] || { echo "no unit $2" >&2; exit 5; }
stop() { [ -f $HOME/hub.pid ] || return 0; kill "\${1:--TERM}" $(cat $HOME/hub.pid) && tail --pid=$(cat $HOME/hub.pid) -f /dev/null; rm $HOME/hub.pid; }
start() {
  nixwave hub ${args} </dev/null >$HOME/hub.log 2>&1 & echo $! >$HOME/hub.pid
  until grep -q "Node-RED on" $HOME/hub.log; do kill -0 $! 2>/dev/null || { rm $HOME/hub.pid; cat $HOME/hub.log; exit 1; }; sleep 0.2; done
}
case "$1" in kill) stop -KILL ;; stop) stop ;; start) start ;; restart) stop; start ;; esac
`;

export async function openRecoveryHome(): Promise<RecoveryHome> {
  await using ends = new AsyncDisposableStack();
  const made = await makeDemoHome("none");
  ends.defer(() => removeTree(made.directory));
  const directory = made.directory;
  const [bin, laptop, usb, state] = ["bin", "laptop", "usb", "state"].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  for (const folder of [bin, laptop, usb]) await mkdir(folder);
  const port = await freePort();
  const brokerUrl = `mqtt://127.0.0.1:${port}`;
  const places = homePlaces(join(laptop, "nixwave-home"));
  await writeFile(join(directory, "flow.json"), await flowAtTestPace());
  const options = [
    ...["--state", state, "--mqtt", `127.0.0.1:${port}`],
    ...["--editor", `127.0.0.1:${await freePort()}`, "--host", "rp4", "--host", "nuc"],
    ...["--carrier", "nuc", "--fleet", "demo", "--flow", join(directory, "flow.json")],
    ...["ci-1", "ci-2"].flatMap((name) => ["--release-key", places.publicKey(name as KeyName)]),
  ];
  await program(join(bin, "nixwave"), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
  await program(join(bin, "systemctl"), systemctl(options.join(" ")));
  const environment = {
    ...{ PATH: `${bin}:${process.env["PATH"]}`, HOME: laptop, LANG: "C.UTF-8", NO_COLOR: "1" },
    ...{ NIXWAVE_BROKER: brokerUrl, NIXWAVE_BROKER_USER: "me", NIXWAVE_FLEET: "demo" },
    NIXWAVE_BROKER_PASSWORD_FILE: places.password("me" as UserName),
    ...{ NIX_STATE_DIR: join(directory, "nix-var"), NIX_LOG_DIR: join(directory, "nix-log") },
    XDG_CACHE_HOME: join(directory, "nix-cache"),
  };
  const shell = new SessionShell(laptop, environment);
  ends.defer(() => shell.end());
  const run = (command: string) => shell.run({ command, expected: ["…"] });
  ends.defer(() => run("systemctl kill nixwave-hub").catch(() => undefined));
  const operators = "--operator me --operator demo";
  await run(
    `nixwave init --broker ${brokerUrl} --hub nuc --host rp4 --host nuc --fleet demo ${operators}`,
  );
  await run(`mv nixwave-home/offline/*.secret ${usb} && cp -r nixwave-home/hub ${state}`);
  await run("systemctl start nixwave-hub");
  const home = await homeOf(made, places);
  const cache = await openHeldCache(home.cache.directory);
  ends.defer(() => cache.close());
  const programs = join(directory, "programs");
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
    if (path) await installSystem(plan, path, cache.url, home.cacheKey.publicKey, environment);
    const at = { brokerUrl, cacheUrl: cache.url, programs, settings };
    const host = houseHost(home, plan, at, environment);
    await host.startAgent();
    ends.defer(() => host.stopAgent());
    hosts.push(host);
  }
  const watch = await watchHome(brokerUrl, places.password("demo" as UserName));
  ends.defer(() => watch.close());
  const reports: Reported[] = [];
  watch.onChange(({ reports: now }) => {
    for (const one of now.values()) if (!reports.includes(one)) reports.push(one);
  });
  let number = 0;
  let signing = home;
  const publishAgain = (release: HouseRelease): Promise<void> =>
    publishRelease(signing, release, { brokerUrl, cacheUrl: cache.ciUrl }, environment);
  const until = (what: string, isSo: (sight: HomeSight) => boolean) =>
    seen(what, isSo, watch, () => readFile(join(laptop, "hub.log"), "utf8"), hosts);
  await until("both hosts are there", ({ online }) => online.has(RP4) && online.has(NUC));
  const guidePlaces = new Map([
    ["/var/lib/nixwave-hub", state],
    ["/media/usb", usb],
  ]);
  const all = ends.move();
  return {
    ...{ state, laptop, home, reports, until, run },
    rp4: hosts[0] as HouseHost,
    follow: (session) => followGuide(session, guidePlaces, (step) => shell.run(step)),
    async publish() {
      number += 1;
      const release = await makeRelease(home, number, "works");
      await publishAgain(release);
      return release;
    },
    publishAgain,
    promoted: (title) =>
      until(`${title} promoted`, ({ status }) => endedAs(status, title, "Promoted")),
    async signWith(file) {
      signing = { ...home, signingKeyFile: file };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const program = async (file: string, text: string): Promise<void> => {
  await writeFile(file, text);
  await chmod(file, 0o755);
};

/** The smallest flow, without the minutes in which a release may still be overtaken. */
async function flowAtTestPace(): Promise<string> {
  const groups = ["rp4", "nuc"].map((host) => ({
    ...{ name: host, hosts: host, parallel: 1, approval: "none", reboot: "ask" },
  }));
  const pace = { settle: "0s", soak: "0s", grace: "20s", lease: "2m", stageTimeout: "60s", groups };
  const nodes = parseFlow(await readFile(MINIMAL, "utf8"));
  return JSON.stringify(
    nodes.map((node) => (node["type"] === "nixwave-rollout" ? { ...node, ...pace } : node)),
  );
}

/** The demo's hosts and cache, with the keys and passwords that `nixwave init` made. */
async function homeOf(made: DemoHome, places: ReturnType<typeof homePlaces>): Promise<DemoHome> {
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
