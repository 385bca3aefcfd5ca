import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A certificate and its key, as PEM text. */
interface Certificate {
  readonly cert: string;
  readonly key: string;
}

interface Authority {
  /** The CA's own certificate. */
  readonly ca: string;
  /** For servers at localhost and 127.0.0.1. */
  readonly server: Certificate;
  /** For a client whose name (CN) is the one asked for. */
  readonly client: Certificate;
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A throw-away CA with one server and one client, made with openssl (`needs("openssl")`). */
export async function makeAuthority(clientName: string): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-ca-"));
  const at = (name: string): string => join(folder, name);
  const text = async (name: string): Promise<string> => await readFile(at(name), "utf8");
  const issue = async (name: string, subject: string, extension: string): Promise<Certificate> => {
    await run("openssl", [
      ...["req", ...EC, "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`)],
      ...["-subj", `/CN=${subject}`],
    ]);
    await writeFile(at(`${name}.ext`), extension);
    await run("openssl", [
      ...["x509", "-req", "-in", at(`${name}.csr`), "-out", at(`${name}.pem`), "-days", "2"],
      ...["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"],
      ...["-extfile", at(`${name}.ext`)],
    ]);
    return { cert: await text(`${name}.pem`), key: await text(`${name}.key`) };
  };
  try {
    await run("openssl", [
      ...["req", "-x509", ...EC, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2"],
      ...["-subj", "/CN=Nixwave test CA"],
    ]);
    return {
      ca: await text("ca.pem"),
      server: await issue("server", "localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1\n"),
      client: await issue("client", clientName, "extendedKeyUsage=clientAuth\n"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
