import { NixwaveError } from "../../contract/index.ts";
import type { BrokerSession } from "../broker-flags.ts";
import { SEEN_KINDS, type SeenKind, Sights } from "./sight.ts";

/** What the broker holds now. What this account may not read is noted, not fatal. @throws NixwaveError as Bus.snapshot */
export async function lookOnce({ bus, timeoutMs }: BrokerSession): Promise<Sights> {
  const sights = new Sights();
  const retained = SEEN_KINDS.filter((kind) => kind !== "progress");
  const found = await Promise.all(
    retained.map(async (kind) => {
      const messages = await bus
        .snapshot(kind, { timeoutMs })
        .catch((error: unknown) => notAllowed(error, sights, kind));
      return messages;
    }),
  );
  for (const message of found.flat()) sights.hear(message as never);
  return sights;
}

/**
 * Hears everything as it comes, also after every reconnect.
 * @returns stops
 * @throws NixwaveError as Bus.subscribe
 */
export async function lookOn(
  { bus }: BrokerSession,
  sights: Sights,
  changed: () => void,
): Promise<() => void> {
  const hear = (message: Parameters<Sights["hear"]>[0]): void => {
    sights.hear(message);
    changed();
  };
  const stopLink = bus.onConnection(({ event }) => {
    sights.isConnected = event === "connected";
    changed();
  });
  const subscriptions = await Promise.all(
    SEEN_KINDS.map((kind) =>
      bus
        .subscribe({ kind }, hear as never)
        .catch((error: unknown) => void notAllowed(error, sights, kind)),
    ),
  );
  return () => {
    stopLink();
    for (const one of subscriptions) one?.unsubscribe();
  };
}

function notAllowed(error: unknown, sights: Sights, kind: SeenKind): readonly [] {
  if (!(error instanceof NixwaveError && error.code === "subscription-refused")) throw error;
  sights.cannotRead(kind);
  return [];
}
