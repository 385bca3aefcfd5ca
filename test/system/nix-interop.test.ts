import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  encodeBase64,
  encodeNixBase32,
  fingerprint,
  formatPublicKey,
  formatSecretKey,
  isSignedByNix,
  type PathFingerprint,
  parseKeyName,
  parseNarHash,
  parsePublicKey,
  parseSecretKey,
  parseStorePath,
  type SecretKey,
} from "../../src/contract/index.ts";
import { keyFrom } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";

const NAME = parseKeyName("homelab-ci-1");
const SEED = Buffer.alloc(32, 7);
const OURS = parseSecretKey(formatSecretKey(NAME, SEED));

/** What a store or cache says of one path. */
interface SignedPath extends PathFingerprint {
  readonly signatures: readonly string[];
}

/** `nix path-info --json`: an array before Nix 2.19, an object by path since. */
function readPathInfo(text: string, path: string): SignedPath {
  const all = JSON.parse(text) as object;
  const found = Array.isArray(all) ? all[0] : (all as Record<string, unknown>)[path];
  const info = found as {
    narHash: string;
    narSize: number;
    references: string[];
    signatures: string[];
  };
  const sha256 = Buffer.from(parseNarHash(info.narHash).slice("sha256-".length), "base64");
  return {
    storePath: parseStorePath(path),
    narHashBase32: `sha256:${encodeNixBase32(sha256)}`,
    narSizeBytes: info.narSize,
    references: info.references.map(parseStorePath),
    signatures: info.signatures,
  };
}

function readNarInfo(text: string): SignedPath {
  const field = (name: string): string =>
    new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const references = field("References").split(" ").filter(Boolean);
  return {
    storePath: parseStorePath(field("StorePath")),
    narHashBase32: field("NarHash"),
    narSizeBytes: Number(field("NarSize")),
    references: references.map((name) => parseStorePath(`/nix/store/${name}`)),
    signatures: [...text.matchAll(/^Sig: (.*)$/gm)].map((one) => one[1] ?? ""),
  };
}

const signed = (info: PathFingerprint, key: SecretKey): string =>
  `${key.name}:${encodeBase64(key.sign(Buffer.from(fingerprint(info))))}`;

const flipLast = (text: string): string => text.replace(/.$/, (last) => (last === "0" ? "1" : "0"));

describe.skipIf(needs("nix").skip)("keys and signatures are Nix's own", () => {
  let dir = "";
  const file = (name: string): string => join(dir, name);
  const read = (name: string): string => readFileSync(file(name), "utf8");
  const run = async (command: string, args: readonly string[], input = ""): Promise<string> => {
    const env = {
      NIX_CONFIG: "substituters =\nextra-experimental-features = nix-command",
      XDG_CACHE_HOME: file("cache-home"),
      HOME: dir,
    };
    return (await execa(command, args, { env, cwd: dir, input })).stdout;
  };
  const nix = (...args: readonly string[]) => run("nix", args);
  const publicHalf = (secret: string) => run("nix", ["key", "convert-secret-to-public"], secret);

  /** A path with two references, signed by Nix itself with our key file. */
  let byNix: SignedPath;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "nixwave-interop-"));
    writeFileSync(file("ours.secret"), formatSecretKey(NAME, SEED), { mode: 0o600 });
    const references = 'builtins.toFile "one" "1" + " " + builtins.toFile "two" "2"';
    const expression = `builtins.toFile "top" (${references})`;
    const path = await nix("eval", "--store", file("store"), "--raw", "--expr", expression);
    await nix("store", "sign", "--store", file("store"), "-k", file("ours.secret"), path);
    const info = await nix("path-info", "--store", file("store"), "--json", "--sigs", path);
    byNix = readPathInfo(info, path);
    await nix("copy", "--store", file("store"), "--to", `file://${file("cache")}`, path);
  });

  afterAll(async () => {
    await execa("chmod", ["-R", "u+w", dir]);
    rmSync(dir, { recursive: true });
  });

  it("both halves made by nix-store --generate-binary-cache-key are read, and written again as they were", async () => {
    const name = "cache.example.org-1";
    const files = [file("a.secret"), file("a.public")];
    await run("nix-store", ["--generate-binary-cache-key", name, ...files]);
    const secret = parseSecretKey(read("a.secret"));
    const seed = Buffer.from(read("a.secret").split(":")[1] ?? "", "base64").subarray(0, 32);
    expect(parsePublicKey(read("a.public")).material).toBe(secret.publicKey.material);
    expect(formatPublicKey(secret.publicKey)).toBe(read("a.public"));
    expect(formatSecretKey(secret.name, seed)).toBe(read("a.secret"));
  });

  it("both halves made by nix key generate-secret and convert-secret-to-public are read", async () => {
    const text = await nix("key", "generate-secret", "--key-name", "homelab-ci-2");
    const secret = parseSecretKey(text);
    expect(secret.name).toBe("homelab-ci-2");
    const { material } = parsePublicKey(await publicHalf(text));
    expect(material).toBe(secret.publicKey.material);
  });

  it("Nix reads our secret key file and finds the same public half", async () => {
    expect(await publicHalf(formatSecretKey(NAME, SEED))).toBe(formatPublicKey(OURS.publicKey));
  });

  it("what Nix signed with our key file verifies here", () => {
    expect(byNix.references).toHaveLength(2);
    expect(byNix.signatures).toHaveLength(1);
    expect(isSignedByNix(byNix, byNix.signatures[0] ?? "", [OURS.publicKey])).toBe(true);
    expect(signed(byNix, OURS)).toBe(byNix.signatures[0]);
  });

  it("a flipped bit in signature, path, hash, size or references is refused", () => {
    const [signature = ""] = byNix.signatures;
    const bytes = Buffer.from(signature.slice(signature.indexOf(":") + 1), "base64");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const text = `${NAME}:${flipped.toString("base64")}`;
      expect([bit, isSignedByNix(byNix, text, [OURS.publicKey])]).toEqual([bit, false]);
    }
    const [one, two] = byNix.references as [PathFingerprint["storePath"], typeof byNix.storePath];
    const altered: readonly PathFingerprint[] = [
      { ...byNix, storePath: parseStorePath(`${byNix.storePath}-`) },
      { ...byNix, narHashBase32: flipLast(byNix.narHashBase32) },
      { ...byNix, narSizeBytes: byNix.narSizeBytes + 1 },
      { ...byNix, references: [] },
      { ...byNix, references: [one] },
      { ...byNix, references: [one, two, byNix.storePath] },
      { ...byNix, references: [one, parseStorePath(`${two}-`)] },
    ];
    for (const info of altered) {
      expect(isSignedByNix(info, signature, [OURS.publicKey])).toBe(false);
    }
    expect(isSignedByNix(byNix, signature, [keyFrom(NAME).publicKey])).toBe(false);
  });

  it("a cache's narinfo says the same of the path, hash in base-32 included", () => {
    const hash = byNix.storePath.slice("/nix/store/".length).split("-")[0];
    expect(readNarInfo(read(`cache/${hash}.narinfo`))).toEqual(byNix);
  });

  describe("paths that Nix knows by signature only", () => {
    /** Signs every path of the cache as if it had been built: without its content address. */
    function resign(key: SecretKey, alter: (signature: string) => string = (same) => same): void {
      for (const name of readdirSync(file("cache")).filter((one) => one.endsWith(".narinfo"))) {
        const text = read(`cache/${name}`).replaceAll(/^(?:CA|Sig): .*\n/gm, "");
        const signature = alter(signed(readNarInfo(text), key));
        writeFileSync(file(`cache/${name}`), `${text}Sig: ${signature}\n`);
      }
    }
    const pull = (store: string, publicKey: string) =>
      nix(
        ...["copy", "--from", `file://${file("cache")}`, "--store", file(store)],
        ...["--option", "trusted-public-keys", publicKey, byNix.storePath],
      );
    const verifyIn = (store: string, publicKey: string) =>
      nix(
        ...["store", "verify", "--store", file(store), "--recursive", "--no-contents"],
        ...["--option", "trusted-public-keys", publicKey, byNix.storePath],
      );
    const ours = formatPublicKey(OURS.publicKey);
    const other = formatPublicKey(keyFrom(NAME).publicKey);

    it("are accepted under our signature and our public key, and verify afterwards", async () => {
      resign(OURS);
      await pull("signed", ours);
      await verifyIn("signed", ours);
      await expect(verifyIn("signed", other)).rejects.toThrow(/untrusted/);
    });

    it("are refused under another key of the same name", async () => {
      resign(OURS);
      await expect(pull("other-key", other)).rejects.toThrow(/lacks a valid signature/);
    });

    it("are refused with a flipped bit in our signature", async () => {
      resign(OURS, (signature) => signature.replace(/(?<=:)./, (c) => (c === "A" ? "B" : "A")));
      await expect(pull("flipped", ours)).rejects.toThrow(/lacks a valid signature/);
    });
  });
});
