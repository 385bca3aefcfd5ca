import fc from "fast-check";

/** What the world does next; resolved against the state, so that stories shrink to readable ones. */
export type Deed =
  | { readonly do: "offer"; readonly content: number }
  | { readonly do: "report"; readonly host: number; readonly what: number; readonly live: boolean }
  | { readonly do: "again" | "restart" | "reconnect" | "store" }
  | { readonly do: "appear" | "lose"; readonly host: number }
  | { readonly do: "wait"; readonly minutes: number }
  | { readonly do: "person"; readonly what: number; readonly host: number }
  | {
      readonly do: "gate";
      readonly place: number;
      readonly host: number;
      readonly verdict: number;
    };

export interface Story {
  readonly plan: object;
  readonly deeds: readonly Deed[];
}

const host = fc.nat({ max: 3 });

const plan = fc
  .record({
    parallel: fc.integer({ min: 1, max: 2 }),
    gates: fc.subarray(["preflight", "soak", "final"]),
    conduct: fc.constantFrom("default", "default", "flow"),
    onFailure: fc.constantFrom("ask", "stop", "roll-back"),
    soak: fc.constantFrom("0s", "5m"),
    settle: fc.constantFrom("0s", "5m"),
    carries: fc.constantFrom<readonly string[]>([], ["broker", "hub"]),
    approval: fc.constantFrom("none", "none", "host"),
    late: fc.constantFrom("none", "none", "group"),
    optional: fc.boolean(),
    deny: fc.boolean(),
    own: fc.constantFrom<readonly object[]>([], [], [{ from: "13:00", to: "14:45" }]),
  })
  .map(({ parallel, carries, approval, late, optional, deny, own, ...rest }) => ({
    ...rest,
    groups: [
      {
        name: "pis",
        hosts: [
          { host: "rp3", optional },
          { host: "rp4", after: ["rp3"] },
        ],
        parallel,
        approval,
      },
      {
        name: "rest",
        hosts: [
          { host: "nuc", carries },
          { host: "x1", optional: true },
        ],
        ...{ parallel, approval: late },
        ...(own.length > 0 ? { windows: { zone: "Europe/Berlin", allow: own } } : {}),
      },
    ],
    windows: { zone: "Europe/Berlin", deny: deny ? [{ from: "14:30", to: "15:00" }] : [] },
  }));

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("offer" as const), content: fc.nat({ max: 3 }) }),
  },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant("report" as const),
      host,
      what: fc.nat({ max: 17 }),
      live: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("again", "restart", "reconnect", "store") }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("appear", "lose"), host }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      minutes: fc.constantFrom(1, 6, 20, 130),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("person" as const), what: fc.nat({ max: 13 }), host }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("gate" as const),
      place: fc.nat({ max: 2 }),
      host,
      verdict: fc.nat({ max: 4 }),
    }),
  },
);

/** Most hosts are there and a release is offered, so that stories begin where it matters. */
export const story: fc.Arbitrary<Story> = fc.record({
  plan,
  deeds: fc
    .array(deed, { maxLength: 60 })
    .map((deeds): readonly Deed[] => [
      ...[0, 1, 2].map((one) => ({ do: "appear", host: one }) as const),
      { do: "offer", content: 2 },
      ...[0, 1, 2].map((one) => ({ do: "report", host: one, what: 0, live: true }) as const),
      ...deeds,
    ]),
});
