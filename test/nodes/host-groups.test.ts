import { describe, expect, it } from "vitest";

/** The browser's own file has no types, and puts what it offers into the page. */
await import(new URL("../../node-red-nodes/resources/host-groups.js", import.meta.url).href);

interface Fault {
  readonly key: string;
  readonly values: { readonly host: string };
}
type Rows = readonly { readonly hosts: string }[];
const { nixwaveGroups } = globalThis as unknown as {
  readonly nixwaveGroups: { faults(rows: Rows, fleet: readonly object[]): readonly Fault[] };
};

const FLEET = [{ host: "rp4" }, { host: "rp3" }, { host: "nuc", carries: ["broker", "hub"] }];
const faultsOf = (...rows: readonly string[]): readonly string[] =>
  nixwaveGroups
    .faults(
      rows.map((hosts) => ({ hosts })),
      FLEET,
    )
    .map(({ key, values }) => `${key.replace("nixwave-rollout.error.", "")} ${values.host}`);

describe("the groups in the rollout's dialog", () => {
  it("are in order where the host with broker and hub goes last and alone", () => {
    expect(faultsOf("rp4", "rp3", "nuc")).toEqual([]);
  });

  it.each([
    ["before others", ["nuc", "rp4", "rp3"]],
    ["with another", ["rp4", "rp3 nuc"]],
  ])("warn where it goes %s", (_how, rows) => {
    expect(faultsOf(...rows)).toEqual(["carrierLast nuc"]);
  });

  it("name a host that stands twice, one that the fleet lacks, and a row without any", () => {
    expect(faultsOf("rp4", "rp4 rp9", "", "nuc")).toEqual(["twice rp4", "empty 3", "stranger rp9"]);
  });
});
