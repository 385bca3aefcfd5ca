import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type HomePlaces, homePlaces } from "../../../src/cli/setup/home-places.ts";
import type { KeyName, UserName } from "../../../src/contract/index.ts";
import { parseFlow } from "../../../src/hub/index.ts";
import { freePort } from "../../support/brokers.ts";
import { SessionShell } from "../../support/console-session.ts";

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAIN = fromHere("../../../src/cli/main.ts");
const MINIMAL = fromHere("../../../flows/minimal.json");

/** A person's laptop with what `nixwave init` made, and the shell in which the guide's lines run. */
export interface RecoveryLaptop {
  /** What stands for ~, for /media/usb and for /var/lib/nixwave-hub. */
  readonly laptop: string;
  readonly usb: string;
  readonly state: string;
  readonly places: HomePlaces;
  readonly brokerUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly shell: SessionShell;
  /** Lines of a test's own. @throws Error with what they said when they fail */
  run(command: string): Promise<void>;
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

/** @param ends has the shell and the hub in it from now on @param directory of the home, for all of it */
export async function openLaptop(
  ends: AsyncDisposableStack,
  directory: string,
): Promise<RecoveryLaptop> {
  const [laptop, usb, state] = ["laptop", "usb", "state"].map((name) => join(directory, name)) as [
    ...[string, string, string],
  ];
  for (const folder of [laptop, usb]) await mkdir(folder);
  const port = await freePort();
  const brokerUrl = `mqtt://127.0.0.1:${port}`;
  const places = homePlaces(join(laptop, "nixwave-home"));
  const bin = await programsIn(directory, state, port, places);
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
  return { laptop, usb, state, places, brokerUrl, environment, shell, run };
}

/** `nixwave`, and `systemctl` with the hub's unit. @returns the folder for PATH */
async function programsIn(
  directory: string,
  state: string,
  port: number,
  places: HomePlaces,
): Promise<string> {
  const bin = join(directory, "bin");
  await mkdir(bin);
  await writeFile(join(directory, "flow.json"), await flowAtTestPace());
  const options = [
    ...["--state", state, "--mqtt", `127.0.0.1:${port}`],
    ...["--editor", `127.0.0.1:${await freePort()}`, "--host", "rp4", "--host", "nuc"],
    ...["--carrier", "nuc", "--fleet", "demo", "--flow", join(directory, "flow.json")],
    ...["ci-1", "ci-2"].flatMap((name) => ["--release-key", places.publicKey(name as KeyName)]),
  ];
  await program(join(bin, "nixwave"), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
  await program(join(bin, "systemctl"), systemctl(options.join(" ")));
  return bin;
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
