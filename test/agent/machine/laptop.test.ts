import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  isMeteredIn,
  laptopFacts,
  readBattery,
  sleepInhibitorIn,
} from "../../../agent/machine/laptop.ts";
import type { ProgramEnd } from "../../../agent/run-program.ts";

describe("a laptop's link", () => {
  it.each([
    ["a phone's hotspot, guessed", "100 (connected)\nyes (guessed)\n", true],
    ["one that its owner marked", "100 (connected)\nyes\n", true],
    ["a cable at home", "100 (connected)\nno (guessed)\n", false],
    ["a metered device that is not in use", "30 (disconnected)\nyes\n", false],
    ["unknown", "100 (connected)\nunknown\n", false],
    ["nothing", "", false],
    [
      "the second of three devices",
      "100 (connected)\nno\n\n100 (connected)\nyes\n\n10 (unmanaged)\nunknown\n",
      true,
    ],
    ["a state cut off", "yes\n", false],
    ["a word that only begins so", "100 (connected)\nyesterday\n", false],
  ])("is judged: %s", (_name, said, isMetered) => {
    expect(isMeteredIn(said)).toBe(isMetered);
  });
});

describe("a sleep inhibitor", () => {
  const listed = (who: string, what: string, why: string, mode: string): string =>
    `${who.padEnd(20)} 1000 anna 2417 ${who.toLowerCase().split(" ")[0]} ${what.padEnd(24)} ${why} ${mode}`;

  it("counts when it blocks sleep, with who and why", () => {
    const text = listed("Video call", "sleep:idle", "Anna talks to her mother", "block");
    expect(sleepInhibitorIn(`${text}\n`)).toBe("Video call: Anna talks to her mother");
  });

  it.each([
    ["a delay, which is the system's own", listed("UPower", "sleep", "Pause polling", "delay")],
    ["one that blocks other things", listed("Film", "shutdown:idle", "Playing", "block")],
    ["a word that contains sleep", listed("Odd", "sleepless", "No", "block")],
    ["our own during a trial", listed("Nixwave", "sleep", "A trial runs", "block")],
    ["an empty list", ""],
    ["a line that is none", "No inhibitors."],
  ])("does not count: %s", (_name, text) => {
    expect(sleepInhibitorIn(text)).toBeNull();
  });

  it("is found behind others", () => {
    const lines = [
      listed("UPower", "sleep", "Pause polling", "delay"),
      listed("Nixwave", "sleep", "A trial runs", "block"),
      listed("Backup", "shutdown:sleep", "Copies the photos", "block"),
    ];
    expect(sleepInhibitorIn(lines.join("\n"))).toBe("Backup: Copies the photos");
  });
});

describe("a laptop's battery", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-power-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const supply = async (name: string, files: Readonly<Record<string, string>>): Promise<void> => {
    await mkdir(join(folder, name));
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder, name, file), `${text}\n`);
    }
  };
  const battery = (name: string, status: string, capacity: string) =>
    supply(name, { type: "Battery", status, capacity });

  it("is the emptiest of those that are being emptied", async () => {
    await battery("BAT0", "Discharging", "80");
    await battery("BAT1", "Discharging", "27");
    await battery("BAT2", "Charging", "3");
    await supply("AC", { type: "Mains", online: "0" });
    expect(await readBattery(folder)).toBe(27);
  });

  it.each(["Charging", "Full", "Not charging", "Unknown"])(
    "asks for nothing when %s",
    async (status) => {
      await battery("BAT0", status, "9");
      expect(await readBattery(folder)).toBeNull();
    },
  );

  it("is none where a file is missing or is no number, on a machine without one, and without the folder", async () => {
    await supply("hid-mouse", { type: "Battery", status: "Discharging" });
    await battery("BAT0", "Discharging", "about half");
    expect(await readBattery(folder)).toBeNull();
    expect(await readBattery(join(folder, "nowhere"))).toBeNull();
  });
});

describe("what a laptop's guards look at", () => {
  const end = (stdout: string): ProgramEnd => ({
    ...{ exitCode: 0, signal: null, timedOut: false, stdout, stderr: "" },
  });

  it("is asked of NetworkManager and logind", async () => {
    const asked: string[] = [];
    const facts = await laptopFacts(async (file, ...args) => {
      asked.push([file, ...args].join(" "));
      return end(
        file === "nmcli" ? "100 (connected)\nyes\n" : "Film 1 anna 2 mpv sleep Playing block",
      );
    });
    expect(facts).toMatchObject({ isMetered: true, sleepInhibitor: "Film: Playing" });
    expect(new Set(asked)).toEqual(
      new Set([
        "nmcli -g GENERAL.STATE,GENERAL.METERED device show",
        "systemd-inhibit --list --no-pager --no-legend",
      ]),
    );
  });

  it("forbids nothing where neither of them is there", async () => {
    const facts = await laptopFacts(() => Promise.reject(new Error("ENOENT")));
    expect(facts).toMatchObject({ isMetered: false, sleepInhibitor: null });
  });
});
