import { join } from "node:path";
import type { HostName, KeyName, UserName } from "../../contract/index.ts";

/** Which of the two kinds of key: CI says which closures, the hub says when (DESIGN 6). */
export type KeyRole = "ci" | "hub";

/** Where everything lies that `nixwave init` makes; for its owner's eyes only. */
export interface HomePlaces {
  readonly folder: string;
  /** What was answered at the first run; never changed. */
  readonly settings: string;
  /** Which keys hosts trust; only `nixwave keys rotate` changes it. */
  readonly trust: string;
  /** The record that a key was made: it stays when the secret has gone where it belongs. */
  readonly publicKey: (name: KeyName) => string;
  /** Of the key in use. */
  readonly secretKey: (role: KeyRole, name: KeyName) => string;
  /** Of the key kept for the day the other is lost; to be moved away. */
  readonly spareKey: (name: KeyName) => string;
  /** The state folder of `nixwave hub`, begun. */
  readonly hub: string;
  readonly accounts: string;
  readonly ciPassword: string;
  readonly hubPassword: string;
  readonly credentials: (host: HostName) => string;
  readonly password: (person: UserName) => string;
}

/** @param folder absolute */
export const homePlaces = (folder: string): HomePlaces => ({
  folder,
  settings: join(folder, "home.json"),
  trust: join(folder, "keys", "trust.json"),
  publicKey: (name) => join(folder, "keys", `${name}.public`),
  secretKey: (role, name) =>
    role === "hub" && name === "hub-1"
      ? join(folder, "hub", "keys", "hub.secret") // where `nixwave hub` looks for its own at its first start
      : join(folder, role, `${name}.secret`),
  spareKey: (name) => join(folder, "offline", `${name}.secret`),
  hub: join(folder, "hub"),
  accounts: join(folder, "hub", "accounts.json"),
  ciPassword: join(folder, "ci", "broker-password"),
  hubPassword: join(folder, "hub", "passwords", "hub"),
  credentials: (host) => join(folder, "hosts", host, "credentials"),
  password: (person) => join(folder, "people", `${person}.password`),
});
