import { known } from "../../src/cli/doctor/facts.ts";
import { at, DAY_MS, HOUR_MS, HUB, serialAt } from "../support/contract-builders.ts";
import {
  failing,
  nuc,
  OTHER_HUB,
  paused,
  releasing,
  rp4,
  rp4Says,
  saying,
  type Trouble,
  telling,
} from "./doctor-homes.ts";

export const TROUBLES_OF_HOSTS: readonly Trouble[] = [
  [
    "release-key",
    "a statement of another key",
    releasing({ fault: known("signed as ci-2") }),
    "rp4: signed as ci-2",
  ],
  [
    "hub-key",
    "an order of another key",
    { orders: known([{ host: rp4, hub: HUB, isSigned: known(false) }]) },
    "rp4: its order is not signed",
  ],
  [
    "hub-key",
    "a host that refuses its hub",
    rp4Says({
      refusal: {
        code: "signature-invalid",
        message: "trusted are hub-2",
        counter: null,
        at: at(0),
      },
    }),
    "trusted are hub-2",
  ],
  [
    "two-hubs",
    "births by turns",
    { hub: known({ isOnline: true, births: [HUB, OTHER_HUB, HUB] }) },
    "took turns",
  ],
  [
    "two-hubs",
    "a fenced hub",
    { rollout: telling(paused("Fenced")) },
    "another one orders its hosts",
  ],
  [
    "two-hubs",
    "orders of two, one of a stranger's key",
    {
      orders: known([
        { host: rp4, hub: HUB, isSigned: known(true) },
        { host: nuc, hub: OTHER_HUB, isSigned: known(false) },
      ]),
    },
    "orders of 2 hubs",
  ],
  [
    "two-hubs",
    "one counter used twice",
    rp4Says({
      refusal: { code: "order-equivocation", message: "7 twice", counter: null, at: at(0) },
    }),
    "7 twice",
  ],
  [
    "statement-expired",
    "yesterday's last day",
    releasing({ expires: at(-HOUR_MS) }),
    "expired 60 min ago",
  ],
  [
    "statement-expired",
    "the last days",
    releasing({ expires: at(3 * DAY_MS) }),
    "expires in 3 days",
  ],
  [
    "ratchet-ahead",
    "a host that has newer",
    rp4Says({ floor: serialAt(DAY_MS) }),
    "takes nothing before 2026-07-15",
  ],
  [
    "cache",
    "an unsigned closure",
    failing("closure-untrusted", "lacks a signature"),
    "lacks a signature",
  ],
  [
    "cache",
    "a cache that is not asked",
    failing("cache-not-configured", "not found"),
    "cache-not-configured",
  ],
  [
    "cache",
    "a host that waits for its cache",
    rp4Says({ waiting: { code: "cache-unreachable", message: "no route", until: null } }),
    "no route",
  ],
  [
    "two-agents",
    "a host with comin",
    failing("other-deploy-agent", "comin.service"),
    "comin.service",
  ],
  [
    "two-agents",
    "an order refused for it",
    rp4Says({
      refusal: { code: "other-deploy-agent", message: "cachix", counter: null, at: at(0) },
    }),
    "cachix",
  ],
  [
    "agent-old",
    "an older agent",
    rp4Says({ agent: "0.0.9" }),
    "agent 0.0.9 is older, this is 0.1.0",
  ],
  [
    "agent-old",
    "a newer agent",
    rp4Says({ agent: "0.2.0" }),
    "agent 0.2.0 is newer, this is 0.1.0",
  ],
  [
    "wire-too-far",
    "another wire version",
    rp4Says({ wire: [2, 3] }),
    "speaks wire version 2 and 3, we 1",
  ],
  [
    "never-reported",
    "a host of the flow that nobody has heard",
    { reports: known([saying()]), presences: known([{ host: rp4, isOnline: true }]) },
    "nuc: no report",
  ],
  [
    "offline-long",
    "a laptop on a journey",
    { ...rp4Says({ at: at(-21 * DAY_MS) }), presences: known([{ host: rp4, isOnline: false }]) },
    "last heard 21 days ago",
  ],
  ["locked", "a locked host", rp4Says({ phase: "locked" }), "rp4: locked"],
  [
    "locked",
    "a host between two systems",
    rp4Says({ outcome: { code: "inconsistent", reason: null, message: "boots another" } }),
    "boots another",
  ],
  [
    "reboot",
    "a new kernel",
    rp4Says({ rebootRequired: true, rebootReasons: ["kernel"] }),
    "reboot (kernel)",
  ],
  [
    "reboot",
    "an attempt that ended so",
    rp4Says({ outcome: { code: "needs-reboot", reason: null, message: "" } }),
    "rp4",
  ],
  ["disk-full", "little space", rp4Says({ freeBytes: 300 * 1024 ** 2 }), "300 MiB free"],
  ["disk-full", "a closure too large", failing("space-too-small", "9 GiB"), "9 GiB"],
];
