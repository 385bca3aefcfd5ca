import { describe, expect, it } from "vitest";
import { packageChangesOf } from "../../agent/pull/closure-diff.ts";
import { defaultJobs, requireSafe } from "../../agent/pull/nix-settings.ts";
import { pullSizeOf } from "../../agent/pull/pull-size.ts";

const MIB = 1024 ** 2;

describe("the size of a pull", () => {
  it.each([
    [
      "these 300 paths will be fetched (95.63 MiB download, 190.61 MiB unpacked):",
      95.63 * MIB,
      190.61 * MIB,
    ],
    ["this path will be fetched (0.00 MiB download, 2.50 KiB unpacked):", 0, 2560],
    ["this path will be fetched (1.00 GiB download, 12 B unpacked):", 1024 * MIB, 12],
    ["", 0, 0],
    ["these paths exist", 0, 0],
  ])("is read from %j", (text, download, unpacked) => {
    const size = pullSizeOf(text);
    expect(size.downloadBytes).toBe(Math.round(download));
    expect(size.unpackedBytes).toBe(Math.round(unpacked));
  });
});

describe("the change between two systems", () => {
  it("is told without colours and signs that a screen may not have, and without the system itself", () => {
    const text =
      "nixos-system-nuc: 26.05.1 → 26.05.2\nhome-assistant: 2024.1.5 → 2024.2.0, \u001b[31;1m+400.0 KiB\u001b[0m\nold: 1 → ∅, -2 KiB\n\n";
    expect(packageChangesOf(text)).toEqual({
      packages: ["home-assistant: 2024.1.5 -> 2024.2.0, +400.0 KiB", "old: 1 -> none, -2 KiB"],
      packagesTotal: 2,
    });
  });

  it("shows the first lines only, cut, and says how many there are", () => {
    const text = Array.from({ length: 100 }, (_, n) => `p${n}: ${"x".repeat(500)}`).join("\n");
    const { packages, packagesTotal } = packageChangesOf(text);
    expect(packagesTotal).toBe(100);
    expect(packages).toHaveLength(24);
    expect(packages.every((line) => line.length <= 160)).toBe(true);
  });

  it("holds nothing that would change what a person reads", () => {
    const [line] = packageChangesOf("a\u202eb\u0007: 1 → 2").packages;
    expect(line).toBe("ab: 1 -> 2");
  });
});

describe("a host's settings for Nix", () => {
  const settings = (cache: string) => ({ substituters: [cache] }) as never;

  it.each([
    "https://a.lan?trusted=true",
    "file:///x?a=b&trusted=1",
    "a.lan",
    "http://a b",
    "http://a\nb",
  ])("refuse the cache %j", (cache) => {
    expect(() => requireSafe(settings(cache))).toThrow(
      expect.objectContaining({ code: "agent-config-invalid" }),
    );
  });

  it.each([
    "https://a.lan",
    "file:///var/cache",
    "s3://bucket?region=eu-1",
    "http://a.lan?priority=1",
  ])("take the cache %s", (cache) => {
    expect(() => requireSafe(settings(cache))).not.toThrow();
  });

  it("fetch fewer archives at a time where memory is small", () => {
    expect(defaultJobs(1024 ** 3)).toBe(4);
    expect(defaultJobs(8 * 1024 ** 3)).toBe(16);
  });
});
