import { readFile, rename, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { formatPublicKey } from "../../../src/contract/index.ts";
import { CI_KEY, HUB_KEY, keyFrom } from "../../support/contract-builders.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { bootLabHost, type LabHost } from "../../support/simulated-host/lab-host.ts";
import { type Lab, type LabSystem, openLab } from "../../support/simulated-host/lab-system.ts";
import { ended, inTrial } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";
import { guideTo } from "./guided-host.ts";

const skip = needs("nix").skip || canBootHosts().skip;
const text = (key: typeof CI_KEY): string => formatPublicKey(key.publicKey);
const NO_CACHE = { substituters: ["http://127.0.0.1:9/"], stallLimit: "5s" };

/** docs/recovery.md, on hosts under a real systemd with the real activator and Nix. */
describe.skipIf(skip)("root on a host does what the guide says", { timeout: 240_000 }, () => {
  const keep = async (host: LabHost, system: LabSystem, attempt: number): Promise<void> => {
    await host.order("trial", system, { attempt });
    await inTrial(host);
    await host.renewSession();
    await host.order("commit", system, { attempt });
    expect(await ended(host)).toMatchObject({ outcome: { code: "succeeded" } });
  };
  const first = async (lab: Lab) => lab.add({ version: "1" });

  it("where it is locked, and the host goes on; where it could not go back, and it is back", async () => {
    await using lab = await openLab();
    const old = await first(lab);
    const stays = await lab.add({ version: "2", troubles: ["wayback-fails"] });
    const next = await lab.add({ version: "3" });
    await using host = await bootLabHost(lab, old, { rebootToRecover: false });
    const { follow } = await guideTo(host);
    await host.machine.run("sh", "-c", "echo rubbish >/nix/var/nixwave/journal.json");
    await host.machine.run("systemctl", "start", "nixwave-activator");
    await follow("a host is locked");
    await host.order("trial", stays, { attempt: 1 });
    await inTrial(host);
    await host.order("revert", stays, { attempt: 1 });
    await host.until(({ phase }) => phase === "locked");
    await follow("it could not go back");
    await host.machine.run("rm", "/run/wayback-fails"); // what the message names is mended
    await follow("back by hand");
    expect(await host.bootDefault()).toBe(old.path);
    await keep(host, next, 2);
  });

  it("where it is installed anew, and nothing below the floor is taken", async () => {
    await using lab = await openLab();
    const [old, older] = [await first(lab), await lab.add({ version: "0" })];
    const newest = await lab.add({ version: "2" });
    await using host = await bootLabHost(lab, old, { serialFloor: Date.now() + 3_600_000 });
    const { follow, builds } = await guideTo(host);
    await host.order("stage", older);
    await host.until(({ refusal }) => refusal !== null);
    await follow("a host was installed anew");
    await builds(old, { serialFloor: Date.now() - 3_600_000 });
    await host.machine.run("nixos-rebuild", "switch");
    await keep(host, newest, 2);
  });

  it("where no key is trusted any more, and it takes orders again", async () => {
    await using lab = await openLab();
    const [old, next] = [await first(lab), await lab.add({ version: "2" })];
    const gone = { releaseKeys: [text(keyFrom("ci-0"))], hubKeys: [text(keyFrom("hub-0"))] };
    await using host = await bootLabHost(lab, old, gone);
    const { follow, builds } = await guideTo(host);
    await host.order("stage", next);
    await host.until(({ refusal }) => refusal !== null);
    await follow("no key is trusted");
    await builds(old, { releaseKeys: [text(CI_KEY)], hubKeys: [text(HUB_KEY)] });
    await follow("new keys by hand");
    await keep(host, next, 2);
  });

  it("where there is no internet: nothing, and the host fetches when there is", async () => {
    await using lab = await openLab();
    const [old, next] = [await first(lab), await lab.add({ version: "2" })];
    await using host = await bootLabHost(lab, old, NO_CACHE);
    const { follow } = await guideTo(host);
    const config = host.machine.place("/etc/nixwave/config.json");
    await host.order("stage", next);
    await follow("no internet");
    const usual = JSON.parse(await readFile(config, "utf8"));
    await writeFile(`${config}.new`, JSON.stringify({ ...usual, substituters: [lab.cacheUrl] }));
    await rename(`${config}.new`, config);
    await host.machine.suspend(1_800_000); // longer than any pause between two tries
    await host.machine.run("systemctl", "restart", "nixwave-activator");
    await follow("internet again");
  });

  it("where Nixwave is to be off: the person's system stays, whatever is ordered and whatever lease ends", async () => {
    await using lab = await openLab();
    const [old, next] = [await first(lab), await lab.add({ version: "2" })];
    const theirs = await lab.add({ version: "9", withoutAgent: true });
    await using host = await bootLabHost(
      lab,
      old,
      {},
      {
        install: async (disk) => {
          await lab.install(disk, theirs);
          await lab.install(disk, old);
        },
      },
    );
    const { follow, builds } = await guideTo(host);
    await host.order("trial", next);
    await inTrial(host);
    await builds(theirs);
    await follow("everything off");
    await host.order("trial", next, { attempt: 2 });
    await host.until(({ waiting, phase }) => phase === "staged" && waiting?.code === "host-paused");
    expect(await host.current()).toBe(theirs.path);
    expect(await host.bootDefault()).toBe(theirs.path);
  });
});
