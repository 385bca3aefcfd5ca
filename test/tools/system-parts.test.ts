import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Facts, isDebianLike, whyNotInstall } from "../../tools/apt.ts";
import { findMissing, parsePartNames, searchPath } from "../../tools/system-parts.ts";
import { needs } from "../support/system-parts.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const folderWith = (...programs: string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "nixwave-parts-"));
  for (const program of programs) {
    writeFileSync(join(folder, program), "#!/bin/sh\n");
    chmodSync(join(folder, program), 0o755);
  }
  return folder;
};

describe("a system part", () => {
  it("is there when every one of its programs is found", () => {
    const path = folderWith("mosquitto", "mosquitto_passwd", "git");
    expect(findMissing(["mosquitto", "git"], path)).toEqual([]);
  });

  it("is missing when one of its programs is", () => {
    expect(findMissing(["mosquitto"], folderWith("mosquitto"))).toEqual(["mosquitto"]);
  });

  it("is missing when the file of that name cannot be executed, or is a folder", () => {
    const folder = folderWith("git");
    chmodSync(join(folder, "git"), 0o644);
    expect(findMissing(["git"], folder)).toEqual(["git"]);
    expect(findMissing(["git"], "/nowhere")).toEqual(["git"]);
  });

  it("is looked for in /usr/sbin too, which is not on everybody's PATH", () => {
    expect(searchPath("/usr/bin:/bin").split(":")).toEqual([
      "/usr/bin",
      "/bin",
      "/usr/local/sbin",
      "/usr/sbin",
      "/sbin",
    ]);
    expect(searchPath("/usr/sbin:/bin").split(":").slice(0, 2)).toEqual(["/usr/sbin", "/bin"]);
  });

  it("has a name that the list of missing parts spells exactly", () => {
    expect(parsePartNames("nix,nats-server")).toEqual(["nix", "nats-server"]);
    expect(parsePartNames("")).toEqual([]);
    expect(() => parsePartNames("nats")).toThrow('names "nats"; known: git, nix');
  });
});

describe("a suite that needs a part", () => {
  const quiet = () => vi.spyOn(process.stderr, "write").mockReturnValue(true);

  it("runs when the part is not among the missing ones", () => {
    vi.stubEnv("NIXWAVE_MISSING_PARTS", "nats-server");
    expect(needs("mosquitto", "nix")).toEqual({ skip: false });
  });

  it("is skipped without the part, and the reason names the way to get it", () => {
    vi.stubEnv("NIXWAVE_MISSING_PARTS", "nats-server,nix");
    vi.stubEnv("CI", "");
    const written = quiet();
    expect(needs("mosquitto", "nats-server")).toEqual({ skip: true });
    expect(written).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^not run here, missing: nats-server \(.+apt-get install nats-server`/),
    );
  });

  it("fails without the part under CI, where a skipped suite would look like a passed one", () => {
    vi.stubEnv("NIXWAVE_MISSING_PARTS", "nats-server");
    vi.stubEnv("CI", "true");
    expect(() => needs("nats-server")).toThrow("CI skips no tests; missing: nats-server");
  });

  it("probes by itself when vitest was started directly", () => {
    vi.stubEnv("NIXWAVE_MISSING_PARTS", undefined);
    vi.stubEnv("CI", "");
    vi.stubEnv("PATH", folderWith("chromium"));
    expect(needs("chromium")).toEqual({ skip: false });
  });

  it("can start the part by name afterwards, wherever Debian put it", () => {
    vi.stubEnv("NIXWAVE_MISSING_PARTS", "");
    vi.stubEnv("PATH", "/usr/bin");
    needs("mosquitto");
    expect(process.env["PATH"]?.split(":")).toContain("/usr/sbin");
  });
});

describe("installing missing parts", () => {
  const facts: Facts = { missing: ["nix"], isRoot: true, isDebian: true, noInstall: false };

  it("happens for root on Debian and Ubuntu only, unless NIXWAVE_NO_INSTALL is set", () => {
    expect(whyNotInstall(facts)).toBeUndefined();
    expect(whyNotInstall({ ...facts, isRoot: false })).toBe("only root may install packages");
    expect(whyNotInstall({ ...facts, isDebian: false })).toBe("this is neither Debian nor Ubuntu");
    expect(whyNotInstall({ ...facts, noInstall: true })).toBe("NIXWAVE_NO_INSTALL=1");
  });

  it.each([
    ["Debian", "ID=debian\n", true],
    ["Ubuntu", 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', true],
    ["Linux Mint", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ["NixOS", "ID=nixos\n", false],
    ["something that only mentions Debian", 'ID=other\nNAME="not debian"\n', false],
  ])("knows %s by its os-release", (_name, osRelease, expected) => {
    expect(isDebianLike(osRelease)).toBe(expected);
  });
});
