import type { DemoHome } from "./demo-home.ts";
import type { Places } from "./ground.ts";
import type { Tell } from "./tell.ts";

const KIB = 1024;

/** What is real here and what is not, before anything happens. */
export function introduce({ directory, hosts }: DemoHome, nix: string | null, tell: Tell): void {
  const all = hosts.map(({ host, system }) => `${host} (${system})`).join(", ");
  if (nix === null) {
    tell("demo", `made a home in ${directory}; its hosts: ${all}`);
    tell(
      "demo",
      "SIMULATED: all four hosts; they judge orders as real ones do, then pull and switch nothing",
    );
    tell(
      "demo",
      "real: the home's flow, Node-RED, gate, broker, signatures, nixwave sign and announce",
    );
  } else {
    tell("demo", `Nix ${nix} found; made a home in ${directory}`);
    tell("demo", `its hosts: ${all}, each with a Nix store of its own`);
    tell("demo", "made for this demo; Nix pulls, verifies and activates their systems for real");
    tell(
      "demo",
      "SIMULATED, development hosts: a folder stands for each machine, activator, switch and",
    );
    tell("demo", "deadman are plain processes of this machine, and nothing can be rebooted");
  }
  tell("demo", "SIMULATED: bedroom, its sensor and the wall switch; rp4's heating is made up");
}

/** Before Node-RED is up: whoever wants to look can open the page already. */
export function sayPlaces({ cache }: DemoHome, { editorUrl, cacheUrl }: Places, tell: Tell): void {
  const kib = Math.ceil(cache.archiveBytes / KIB);
  tell("demo", `nothing is downloaded: a release is ${kib} KiB, in a cache at ${cacheUrl}`);
  tell("hub", `is starting; Node-RED's editor at ${editorUrl}`);
}
