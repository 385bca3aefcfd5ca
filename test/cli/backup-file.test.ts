import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { packBackup, unpackBackup } from "../../src/hub/backup/archive.ts";
import { packTar } from "../../src/hub/backup/tar.ts";

const AT = Date.UTC(2026, 10, 27, 12);
const bytes = (text: string): Uint8Array => Buffer.from(text);
const KEY = { path: "keys/hub.secret", mode: 0o600, content: bytes("hub-1:c2VjcmV0\n") };
const LONG = { path: `${"deep/".repeat(30)}file`, mode: 0o700, content: bytes("x".repeat(513)) };
const files = [KEY, LONG, { path: "empty", mode: 0o600, content: bytes("") }];
const backup = (): Buffer => Buffer.from(packBackup(files, AT));

/** The same backup with another tar in it. */
const changed = (change: (tar: Buffer) => Buffer): Buffer =>
  gzipSync(change(Buffer.from(gunzipSync(backup()))));

describe("a backup", () => {
  it("gives back what was put in, and when", () => {
    const { madeAt, files: found } = unpackBackup(backup());
    expect(madeAt).toBe("2026-11-27T12:00:00.000Z");
    expect(found.map((one) => ({ ...one, content: Buffer.from(one.content) }))).toEqual(
      files.map((one) => ({ ...one, content: Buffer.from(one.content) })),
    );
  });

  it.each([
    ["is cut off", () => backup().subarray(0, -20)],
    ["has a byte flipped", () => backup().fill(0xff, 60, 61)],
    ["is no archive", () => Buffer.from("[]")],
    ["has lost its end", () => changed((tar) => tar.subarray(0, -1024))],
    [
      "lacks a file",
      () => changed((tar) => Buffer.concat([tar.subarray(0, -2048), tar.subarray(-1024)])),
    ],
    [
      "holds another content",
      () =>
        changed((tar) =>
          Buffer.from(tar.toString("latin1").replace("c2VjcmV0", "b3RoZXIx"), "latin1"),
        ),
    ],
    ["is somebody else's tar", () => gzipSync(packTar([KEY], AT))],
    ["would write outside", () => Buffer.from(packBackup([{ ...KEY, path: "../key" }], AT))],
    ["would write to the root", () => Buffer.from(packBackup([{ ...KEY, path: "/etc/key" }], AT))],
    ["holds a file twice", () => Buffer.from(packBackup([KEY, KEY], AT))],
  ])("that %s is refused whole", (_, damaged) => {
    expect(() => unpackBackup(damaged())).toThrow(
      expect.objectContaining({ code: "backup-damaged" }),
    );
  });

  it("of a newer form says that it is newer", () => {
    const manifest = { path: "nixwave-backup.json", mode: 0o600, content: bytes('{"v":2}') };
    expect(() => unpackBackup(gzipSync(packTar([manifest], AT)))).toThrow(
      "a newer nixwave made it",
    );
  });
});
