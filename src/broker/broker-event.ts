/** What the broker has to say, as values; the caller adds the time and chooses the words. */
export type BrokerEvent =
  | { readonly kind: "connected"; readonly client: string; readonly user: string | null }
  | { readonly kind: "disconnected"; readonly client: string; readonly user: string | null }
  | {
      readonly kind: "refused";
      readonly address: string;
      readonly reason: RefusalReason;
      readonly detail: string;
    }
  | {
      readonly kind: "publish-dropped" | "subscribe-refused";
      readonly client: string;
      readonly user: string | null;
      readonly topic: string;
    }
  | { readonly kind: "client-failed"; readonly client: string; readonly detail: string }
  | { readonly kind: "retained-full"; readonly topic: string }
  | { readonly kind: "failed"; readonly detail: string };

/** Why a connection did not come to be, or was ended. */
export type RefusalReason =
  | "bad-credentials"
  | "client-id-of-another"
  | "too-many-connections"
  | "packet-too-large"
  | "foreign-origin";
