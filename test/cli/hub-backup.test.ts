import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EpochMs, instant } from "../../src/contract/index.ts";
import { openDurably } from "../../src/disk/index.ts";
import { openWorkshop, type Ran, type Workshop } from "./memory-io.ts";

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

const write = async (path: string, text: string, mode = 0o600): Promise<void> => {
  const file = workshop.at(path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode });
  await chmod(file, mode);
};
const text = (path: string): Promise<string> => readFile(workshop.at(path), "utf8");
const nixwave = (line: string, now?: EpochMs): Promise<Ran> =>
  workshop.nixwave(line.split(" "), now === undefined ? {} : { now });

async function aHub(): Promise<void> {
  await write("hub/keys/hub.secret", "hub-1:key\n");
  await write("hub/node-red/flows.json", "[]\n");
  await write("hub/journal/hub.lock", "");
  await write("hub/journal/hub-v1.seen", "1");
  await write("hub/node-red/node_modules/left/index.js", "");
  const journal = openDurably(workshop.at("hub/journal/hub-v1.sqlite"));
  journal.exec("CREATE TABLE step (body TEXT); INSERT INTO step VALUES ('a rollout')");
  journal.close();
}

describe("nixwave hub backup and restore", () => {
  beforeEach(aHub);

  it("bring a hub's folder into another place, for its owner's eyes only", async () => {
    expect(await nixwave("hub backup hub.tar.gz --state hub")).toMatchObject({ status: 0 });
    expect((await stat(workshop.at("hub.tar.gz"))).mode & 0o777).toBe(0o600);
    expect(await nixwave("hub restore hub.tar.gz --state again")).toMatchObject({ status: 0 });
    expect(await text("again/keys/hub.secret")).toBe("hub-1:key\n");
    for (const place of ["again", "again/keys", "again/keys/hub.secret"]) {
      expect((await stat(workshop.at(place))).mode & 0o077, place).toBe(0);
    }
    expect(await readdir(workshop.at("again/node-red"))).toEqual(["flows.json"]);
    const journal = openDurably(workshop.at("again/journal/hub-v1.sqlite"));
    expect(journal.prepare("SELECT body FROM step").get()).toEqual({ body: "a rollout" });
    journal.close();
  });

  it("mark the journal, so that its hub begins on hold", async () => {
    await nixwave("hub backup hub.tar.gz --state hub");
    await nixwave("hub restore hub.tar.gz --state again");
    expect((await readdir(workshop.at("again/journal"))).sort()).toEqual([
      ...["hub-v1.seen", "hub-v1.sqlite", "restored"],
    ]);
    expect(await readdir(workshop.at("hub/journal"))).not.toContain("restored");
    const twice = await nixwave("hub backup twice.tar.gz --state again");
    expect(twice.status).toBe(0);
  });

  it("say what a backup does not keep", async () => {
    await symlink("/nowhere", workshop.at("hub/node-red/settings.js"));
    const { status, stderr } = await nixwave("hub backup hub.tar.gz --state hub");
    expect({ status, stderr }).toEqual({
      ...{ status: 0, stderr: "left out, it is no file: node-red/settings.js\n" },
    });
  });

  it("keep a database of another node whole, whatever it is called, without its log", async () => {
    await write("hub/node-red/notes-journal", "a person's");
    await write("hub/node-red/notes", "a person's");
    const other = openDurably(workshop.at("hub/node-red/sensors.db"));
    other.exec("CREATE TABLE seen (at INTEGER); INSERT INTO seen VALUES (1)");
    const { status } = await nixwave("hub backup hub.tar.gz --state hub");
    other.close();
    expect(status).toBe(0);
    await nixwave("hub restore hub.tar.gz --state again");
    expect((await readdir(workshop.at("again/node-red"))).sort()).toEqual([
      ...["flows.json", "notes", "notes-journal", "sensors.db"],
    ]);
    const again = openDurably(workshop.at("again/node-red/sensors.db"));
    expect(again.prepare("SELECT at FROM seen").get()).toEqual({ at: 1 });
    again.close();
  });

  it("write over nothing", async () => {
    await write("hub.tar.gz", "mine");
    const backup = await nixwave("hub backup hub.tar.gz --state hub");
    expect(backup).toMatchObject({ status: 5, stderr: expect.stringContaining("file-exists") });
    expect(await text("hub.tar.gz")).toBe("mine");
    await nixwave("hub backup other.tar.gz --state hub");
    const restore = await nixwave("hub restore other.tar.gz --state hub");
    expect(restore).toMatchObject({ status: 5, stderr: expect.stringContaining("file-exists") });
    expect(await text("hub/keys/hub.secret")).toBe("hub-1:key\n");
  });

  it("bring nothing back of a file that is damaged", async () => {
    await nixwave("hub backup hub.tar.gz --state hub");
    const whole = await readFile(workshop.at("hub.tar.gz"));
    await writeFile(workshop.at("half.tar.gz"), whole.subarray(0, whole.length / 2));
    const { status, stderr } = await nixwave("hub restore half.tar.gz --state again");
    expect({ status, stderr }).toEqual({
      status: 5,
      stderr: expect.stringMatching(/backup-damaged/),
    });
    await expect(readdir(workshop.at("again"))).rejects.toThrow("ENOENT");
  });

  it.each([
    "hub backup --into hub/copies --state hub",
    "hub backup --into linked/copies --state hub",
    "hub backup linked/node-red/hub.tar.gz --state hub",
    "hub backup hub/hub.tar.gz --state linked",
  ])("refuse a backup inside of what it would hold, also behind a link: %s", async (line) => {
    await symlink(workshop.at("hub"), workshop.at("linked"));
    const { status, stderr } = await nixwave(line);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/which it is to hold/),
    });
    expect(await readdir(workshop.at("hub"))).not.toContain("copies");
  });

  it("take a place that only looks as if it lay inside", async () => {
    await mkdir(workshop.at("nas"));
    await symlink(workshop.at("nas"), workshop.at("hub/nas"));
    expect(await nixwave("hub backup --into hub/nas --state hub")).toMatchObject({ status: 0 });
  });
});

describe("a restore that was killed", () => {
  beforeEach(async () => {
    await aHub();
    await nixwave("hub backup hub.tar.gz --state hub");
    await write("again/.restoring/node-red/flows.json", "[]\n");
    await write("again/keys/hub.secret", "hub-1:key\n");
  });

  it("lets no hub begin there, and nobody back it up", async () => {
    const said = { status: 5, stderr: expect.stringContaining("restore-interrupted") };
    expect(await nixwave("hub --state again")).toMatchObject(said);
    expect(await nixwave("hub backup half.tar.gz --state again")).toMatchObject(said);
  });

  it("begins anew with the same line", async () => {
    expect(await nixwave("hub restore hub.tar.gz --state again")).toMatchObject({ status: 0 });
    expect((await readdir(workshop.at("again"))).sort()).toEqual(["journal", "keys", "node-red"]);
  });
});

describe("dated copies", () => {
  const day = (date: number): EpochMs => instant(Date.UTC(2026, 10, date, 3));
  const copies = async (): Promise<readonly string[]> =>
    (await readdir(workshop.at("copies"))).sort();
  beforeEach(aHub);

  it("keep as many as were asked for, the newest ones, and nothing of a copy that was killed", async () => {
    await write("copies/notes.txt", "mine");
    await write("copies/nixwave-hub-20261101T030000Z.tar.gz.a1b2c3.new", "half");
    for (const date of [1, 2, 3]) {
      await nixwave("hub backup --into copies --keep 2 --state hub", day(date));
    }
    expect(await copies()).toEqual([
      "nixwave-hub-20261102T030000Z.tar.gz",
      "nixwave-hub-20261103T030000Z.tar.gz",
      "notes.txt",
    ]);
  });

  it("keep the one just made, though its clock says 1970", async () => {
    for (const at of [day(1), day(2), instant(60_000)]) {
      await nixwave("hub backup --into copies --keep 2 --state hub", at);
    }
    expect(await copies()).toEqual([
      "nixwave-hub-19700101T000100Z.tar.gz",
      "nixwave-hub-20261102T030000Z.tar.gz",
    ]);
  });

  it("are not made below a place that is not there, such as a disk that is not mounted", async () => {
    const { status, stderr } = await nixwave("hub backup --into disk/copies --state hub");
    expect({ status, stderr }).toEqual({ status: 5, stderr: expect.stringContaining("ENOENT") });
    await expect(readdir(workshop.at("disk"))).rejects.toThrow("ENOENT");
  });

  it("say so when an older one cannot go, and that the new one is there", async () => {
    await mkdir(workshop.at("copies/nixwave-hub-20261101T030000Z.tar.gz"), { recursive: true });
    const { status, stderr } = await nixwave(
      "hub backup --into copies --keep 1 --state hub",
      day(2),
    );
    expect({ status, stderr }).toEqual({
      status: 5,
      stderr: expect.stringContaining("is made, but older copies stay"),
    });
    expect(await copies()).toContain("nixwave-hub-20261102T030000Z.tar.gz");
  });

  it("lose none when the new one cannot be made", async () => {
    await nixwave("hub backup --into copies --keep 1 --state hub", day(1));
    const { status } = await nixwave("hub backup --into copies --keep 1 --state nowhere", day(2));
    expect(status).toBe(5);
    expect(await copies()).toEqual(["nixwave-hub-20261101T030000Z.tar.gz"]);
  });

  it.each([
    ["hub backup --state hub", "FILE or --into FOLDER is missing"],
    ["hub backup a.tar.gz --into copies --state hub", "not both"],
    ["hub backup a.tar.gz --keep 3 --state hub", "--keep belongs to --into"],
    ["hub backup --into copies --keep 0 --state hub", "--keep: 0 is no number"],
    ["hub backup a.tar.gz", "--state FOLDER is missing"],
  ])("refuse %s", async (line, why) => {
    const { status, stderr } = await nixwave(line);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(why) });
  });
});
