import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parsePayload } from "../../src/contract/index.ts";
import { PUBLIC, SECRET } from "../cli/signing-workshop.ts";
import { smallStore } from "../cli/small-systems.ts";
import { needs } from "../support/system-parts.ts";
import { actionRig } from "./action-rig.ts";
import { embedded, PASSWORD, retained } from "./publish-workshop.ts";

const rig = actionRig();

describe("the action, as a runner runs it", () => {
  /** Programs that write down their environment before they do what they always do. */
  const standBefore = async (names: readonly string[]): Promise<void> => {
    await mkdir(rig.workshop.at("bin"));
    for (const name of names) {
      const seen = rig.workshop.at(`seen-by-${name}`);
      const file = rig.workshop.at(`bin/${name}`);
      await writeFile(file, `#!/bin/sh\nenv >> '${seen}'\nPATH=\${PATH#*:} exec ${name} "$@"\n`);
      await chmod(file, 0o755);
    }
  };
  const verify = (file: string) =>
    rig.workshop.nixwave(["verify", file, "--key", PUBLIC, "--fleet", "home", "--channel", "main"]);

  test.skipIf(needs("nix").skip)(
    "describes with Nix, signs, and keeps the release as an asset, from spec and key alone",
    async () => {
      const store = smallStore(rig.workshop.folder);
      await writeFile(rig.workshop.at("result"), await store.specOf());
      const ran = await rig.run({ spec: "result", store: store.url });
      expect(ran.log).toContain("4 new");
      expect(ran.status).toBe(0);
      const url = `https://github.com/${rig.github.repository}/releases/download/nixwave/main.json`;
      expect(ran.outputs).toMatchObject({ url, refresh: "false" });
      expect(ran.summary).toContain("| nuc | first |");
      const kept = rig.github.releases.download("nixwave", "main.json");
      expect(await readFile(ran.outputs.release ?? "")).toEqual(kept);
      expect((await verify(ran.outputs.release ?? "")).status).toBe(0);
      expect(rig.github.releases.saidOf("nixwave")).toMatchObject({
        prerelease: true,
        make_latest: "false",
      });
      await store.loosen();
    },
  );

  test("signs on top of what is there, so that serials rise, and says that nothing changes", async () => {
    const first = await rig.run({});
    const second = await rig.run({ title: "again" });
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(second.outputs.refresh).toBe("true");
    expect(Number(second.outputs.serial)).toBeGreaterThan(Number(first.outputs.serial));
    expect(rig.github.releases.namesOf("nixwave")).toEqual(["main.json"]);
    expect(rig.github.shownToStorage.every((shown) => shown === undefined)).toBe(true);
    expect(rig.github.shownToStorage.length).toBeGreaterThan(0);
  });

  test("keeps the release on a branch of its own, and replaces it there", async () => {
    const first = await rig.run({ upload: "branch" });
    const second = await rig.run({ upload: "branch", channel: "main", title: "two" });
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(first.outputs["url"]).toBe(
      `https://raw.githubusercontent.com/${rig.github.repository}/nixwave/main.json`,
    );
    const kept = rig.github.files.at("nixwave", "main.json");
    expect(kept).toEqual(await readFile(second.outputs.release ?? ""));
  });

  test("of two jobs at once on a branch, the later signs on top of the other", async () => {
    const [first, theirs] = [
      await rig.run({ upload: "branch" }),
      await rig.run({ upload: "branch" }),
    ];
    rig.github.files.put("nixwave", "main.json", await readFile(first.outputs.release ?? ""));
    const newer = await readFile(theirs.outputs.release ?? "");
    rig.github.before(/^PUT/, () => rig.github.files.put("nixwave", "main.json", newer));
    const ran = await rig.run({ upload: "branch" });
    expect(ran.log).toContain("somebody else uploaded meanwhile");
    expect(ran.status).toBe(0);
    expect(Number(ran.outputs.serial)).toBeGreaterThan(Number(theirs.outputs.serial));
    expect(rig.github.requests.filter((one) => one.startsWith("PUT"))).toHaveLength(3);
  });

  test("goes on where an upload was stopped, and clears what it left", async () => {
    await rig.run({});
    rig.github.releases.leave("nixwave", "next-main.json", "starter");
    const ran = await rig.run({});
    expect([ran.status, rig.github.releases.namesOf("nixwave")]).toEqual([0, ["main.json"]]);
  });

  test("keeps what an upload that was stopped had brought, until its own is there", async () => {
    await rig.run({});
    const refused = { status: 400, body: { message: "no" } };
    rig.github.trouble(/^PATCH/, refused);
    expect((await rig.run({})).status).toBe(1);
    expect(rig.github.releases.namesOf("nixwave")).toEqual(["next-main.json"]);
    const left = rig.github.releases.download("nixwave", "next-main.json");
    rig.github.trouble(/^POST \/uploads/, refused);
    expect((await rig.run({})).status).toBe(1);
    expect(rig.github.releases.download("nixwave", "next-main.json")).toEqual(left);
    const ran = await rig.run({});
    expect([ran.status, rig.github.releases.namesOf("nixwave")]).toEqual([0, ["main.json"]]);
  });

  test("replaces what is there but is no release, and says so", async () => {
    rig.github.files.put("nixwave", "main.json", Buffer.from("<html>"));
    const ran = await rig.run({ upload: "branch" });
    expect(ran.log).toContain("is no release: not-json");
    expect(
      parsePayload("release", rig.github.files.at("nixwave", "main.json") ?? Buffer.of()),
    ).toBeDefined();
  });

  test("brings the same release to the home's broker too, with the account of ci", async () => {
    const place = await embedded();
    const ran = await rig.run({ broker: place.url, "broker-password": PASSWORD });
    expect(ran.log).toContain("announced and read back");
    expect(ran.status).toBe(0);
    const bytes = await readFile(ran.outputs.release ?? "");
    expect(await retained(place)).toEqual(parsePayload("release", bytes));
    await place.stop();
  });

  test("gives each program only the secrets that it needs, and runs the one that it is told to", async () => {
    const program = rig.workshop.at("stand-in-for-nixwave");
    await writeFile(program, '#!/bin/sh\nenv > "seen-by-$1"\n');
    await chmod(program, 0o755);
    await standBefore(["mktemp", "tee"]);
    const ran = await rig.run({ nixwave: program, broker: "mqtt://nowhere" });
    expect(ran.status).toBe(0);
    const held = async (name: string): Promise<readonly boolean[]> => {
      const env = await readFile(rig.workshop.at(`seen-by-${name}`), "utf8");
      return [SECRET, rig.github.token, PASSWORD].map((secret) => env.includes(secret));
    };
    expect(await held("upload")).toEqual([true, true, false]);
    expect(await held("announce")).toEqual([false, false, true]);
    for (const name of ["mktemp", "tee"]) expect(await held(name)).toEqual([false, false, false]);
  });

  test("ends with the verdict's exit status when it waits, and the upload stays", async () => {
    const place = await embedded();
    const ran = await rig.run({ broker: place.url, wait: "true", timeout: "1s" });
    expect(ran.log).toContain("verdict: no hub");
    expect(ran.status).toBe(6);
    expect(rig.github.releases.download("nixwave", "main.json")).toBeDefined();
    await place.stop();
  });
});
