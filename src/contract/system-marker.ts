import { fleetName, hostName, systemType } from "./names.ts";
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  type Parsed,
  type Schema,
  text,
} from "./schema.ts";

/** A systemd unit's name. */
export const unitName: Schema<string> = text(
  /^[A-Za-z0-9:_.\\@-]{1,255}$/,
  "the name of a systemd unit",
);

/** A public key as configuration files write it; the trust rules parse it. */
const keyText: Schema<string> = text(/^[^\p{Cc}\p{Cs}]{1,256}$/u, "name:base64");

const program: Schema<string> = text(
  /^\/nix\/store\/[0-9a-z]{32}-[^\p{Cc}\p{Cs}]{1,500}$/u,
  "a program in the Nix store",
);

/** Where a NixOS system says whose it is: a file of its toplevel. */
export const MARKER_FILE = "nixwave/host.json";

/**
 * What a NixOS system says of the Nixwave in it. A host refuses to try a system without one, of another
 * fleet or host, or with none of its own keys: nobody could reach it afterwards (DESIGN 7, goal stage).
 */
export const systemMarker = object(
  {
    v: oneOf(1),
    fleet: fleetName,
    host: hostName,
    system: systemType,
    releaseKeys: list(keyText, 0, 16),
    hubKeys: list(keyText, 0, 16),
    /** The program that root runs; null only where no systemd runs it (development). */
    activator: nullable(program),
  },
  {
    /** Which forms of the host's memory that program reads and writes; without it the first one only. */
    memory: object({ from: integer(1, 1000), to: integer(1, 1000) }),
  },
);
export type SystemMarker = Parsed<typeof systemMarker>;
