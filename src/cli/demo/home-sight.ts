import { type Bus, clientIdFor, openBus, parseBrokerUrl } from "../../bus/index.ts";
import type {
  HostName,
  Progress,
  Reported,
  RolloutStatus,
  StorePath,
} from "../../contract/index.ts";
import { readPassword } from "./demo-home.ts";

/** What an operator sees of the home over the broker; the demo believes nothing else. */
export interface HomeSight {
  readonly reports: ReadonlyMap<HostName, Reported>;
  readonly progress: ReadonlyMap<HostName, Progress>;
  readonly online: ReadonlySet<HostName>;
  readonly status: RolloutStatus | null;
  /** Sources that hold. */
  readonly holds: ReadonlySet<string>;
}

export interface HomeWatch {
  readonly sight: HomeSight;
  /** Resolves when `isSo` of what is seen, now or after any change; rejects with what `isSo` throws. */
  until(isSo: (sight: HomeSight) => boolean): Promise<void>;
  /** Called after each change. */
  onChange(listener: (sight: HomeSight) => void): void;
  close(): Promise<void>;
}

export async function watchHome(brokerUrl: string, passwordFile: string): Promise<HomeWatch> {
  const reports = new Map<HostName, Reported>();
  const progress = new Map<HostName, Progress>();
  const online = new Set<HostName>();
  const holds = new Set<string>();
  let sight: HomeSight = { reports, progress, online, holds, status: null };
  const listeners: ((sight: HomeSight) => void)[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...waiting]) look();
    for (const listener of listeners) listener(sight);
  };
  const bus: Bus = await openBus({
    broker: parseBrokerUrl(brokerUrl),
    clientId: clientIdFor("demo", "watch"),
    username: "demo",
    password: await readPassword(passwordFile),
  });
  await bus.subscribe({ kind: "reported" }, ({ payload }) => {
    reports.set(payload.host, payload);
    if (payload.phase !== "staging") progress.delete(payload.host);
    changed();
  });
  await bus
    .subscribe({ kind: "progress" }, ({ address, payload }) => {
      progress.set(address.host, payload);
      changed();
    })
    .catch(() => undefined); // what an operator may not read it does without
  await bus.subscribe({ kind: "availability" }, ({ address, payload }) => {
    if (payload.state === "online") online.add(address.host);
    else online.delete(address.host);
    changed();
  });
  await bus.subscribe({ kind: "holdState" }, ({ address, payload }) => {
    if (payload === "ON") holds.add(address.source);
    else holds.delete(address.source);
    changed();
  });
  await bus.subscribe({ kind: "rolloutStatus" }, ({ payload }) => {
    sight = { ...sight, status: payload };
    changed();
  });
  return {
    get sight() {
      return sight;
    },
    until: (isSo) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          try {
            if (!isSo(sight)) return;
            resolve();
          } catch (error) {
            reject(error);
          }
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    onChange: (listener) => void listeners.push(listener),
    close: () => bus.close(),
  };
}

/** The host's own report, and nothing else: it runs this path and boots it, and its attempt has succeeded. */
export const hasKept = (sight: HomeSight, host: HostName, path: StorePath | undefined): boolean => {
  const report = sight.reports.get(host);
  return (
    report?.outcome?.code === "succeeded" &&
    report.target === path &&
    report.current === path &&
    report.profile === path
  );
};

/** The host's own report: it tried this path and runs another one again. */
export const hasUndone = (
  sight: HomeSight,
  host: HostName,
  path: StorePath | undefined,
): boolean => {
  const report = sight.reports.get(host);
  return (
    report?.outcome?.code === "rolled-back" &&
    report.target === path &&
    report.current !== path &&
    report.current === report.profile
  );
};
