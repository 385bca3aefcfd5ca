import { writeFile } from "node:fs/promises";
import { makeAccounts, openBroker } from "../../src/broker/index.ts";
import { openBus } from "../../src/bus/index.ts";
import { DEFAULT_BASE, parseChannel, type Release } from "../../src/contract/index.ts";
import { openWorkshop, type Ran, type RunOptions, type Workshop } from "../cli/memory-io.ts";
import { type SmallStore, smallStore } from "../cli/small-systems.ts";
import { startAedes, startMosquitto, startNats } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";

const MAIN_CHANNEL = parseChannel("main");

export const PASSWORD = "correct horse battery staple";

/** A broker with the words that ci and an operator need on it. */
export interface Place {
  readonly url: string;
  readonly ci: readonly string[];
  readonly operator: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export const open = async (broker: { url: string; stop(): Promise<void> }): Promise<Place> => ({
  url: broker.url,
  ci: [],
  operator: [],
  env: {},
  stop: () => broker.stop(),
});

export async function embedded(): Promise<Place> {
  const roles = ["ci", "operator"] as const;
  const accounts = await makeAccounts(
    roles.map((role) => ({ user: role, role, password: PASSWORD })),
    DEFAULT_BASE,
  );
  const listeners = [{ kind: "tcp", host: "127.0.0.1", port: 0 }] as const;
  const broker = await openBroker({ listeners, accounts, stateDir: null });
  return {
    url: broker.addresses[0]?.url ?? "",
    ci: ["--user", "ci"],
    operator: ["--user", "operator"],
    env: { NIXWAVE_BROKER_PASSWORD: PASSWORD },
    stop: () => broker.close(),
  };
}

export const PLACES: readonly [string, boolean, () => Promise<Place>][] = [
  ["the embedded broker", false, embedded],
  ["aedes", false, () => startAedes().then(open)],
  ["mosquitto", needs("mosquitto").skip, () => startMosquitto().then(open)],
  ["NATS", needs("nats-server").skip, () => startNats().then(open)],
];

export const withoutNix = needs("nix").skip;

export const SIGNED = ["--key", "ci-1.secret", "--fleet", "home"];
export const at = (place: Place, role: "ci" | "operator" = "ci") => [
  ...["--broker", place.url],
  ...place[role],
];

/** A folder with a signing key, a store of four small systems and their spec. */
export interface PublishWorkshop extends Workshop {
  readonly store: SmallStore;
  publish(place: Place, args?: readonly string[], options?: RunOptions): Promise<Ran>;
  verify(place: Place, args?: readonly string[]): Promise<Ran>;
}

export async function openPublishWorkshop(): Promise<PublishWorkshop> {
  const workshop = await openWorkshop();
  const store = smallStore(workshop.folder);
  await workshop.nixwave(["keygen", "ci-1"]);
  if (!withoutNix) await writeFile(workshop.at("spec.json"), await store.specOf());
  const publish = ["publish", "spec.json", "--store", store.url, ...SIGNED];
  const verify = ["verify", "releases/main", "--key", "ci-1.public", "--fleet", "home"];
  return {
    ...workshop,
    store,
    publish: (place, args = [], options = {}) =>
      workshop.nixwave([...publish, ...at(place), ...args], {
        ...options,
        env: { ...place.env, ...options.env },
      }),
    verify: (place, args = []) =>
      workshop.nixwave([...verify, ...at(place, "operator"), ...args], { env: place.env }),
    remove: async () => {
      await store.loosen();
      await workshop.remove();
    },
  };
}

/** What the broker retains, read by a program of its own. */
export async function retained(place: Place): Promise<Release | undefined> {
  const bus = await openBus({
    broker: place.url as never,
    clientId: place.operator[1] ?? "reader",
    ...(place.operator[1] ? { username: place.operator[1], password: PASSWORD } : {}),
  });
  const [message] = await bus.snapshot("release", { timeoutMs: 20_000 });
  await bus.close();
  return message?.payload;
}
export async function retain(place: Place, release: Release): Promise<void> {
  const bus = await openBus({ broker: place.url as never, clientId: "writer" });
  await bus.publishConfirmed({ kind: "release", channel: MAIN_CHANNEL }, release, {
    timeoutMs: 20_000,
  });
  await bus.close();
}
