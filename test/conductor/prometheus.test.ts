import { describe, expect, it } from "vitest";
import { parsePlan as parseGatePlan } from "../../src/gate/index.ts";
import { PlayedHome } from "./played-home.ts";

describe("Prometheus", () => {
  const plan = parseGatePlan({
    rows: [{ name: "up", queries: ["up"], is: "at-least", limit: 1, interval: "15s" }],
    soak: "1m",
  });
  async function* answer(value: string, at: number): AsyncGenerator<Uint8Array> {
    const result = [{ metric: {}, value: [at / 1000, value] }];
    yield Buffer.from(
      JSON.stringify({ status: "success", data: { resultType: "vector", result } }),
    );
  }

  it("is asked each query at its own pace, and its silence is a lost link", async () => {
    await using home = new PlayedHome();
    const asked: string[] = [];
    let isThere: boolean = true as boolean;
    const httpGet = async (url: URL) => {
      asked.push(url.href);
      if (!isThere) throw new Error("nobody there");
      return answer("1", home.clock.now);
    };
    const hub = await home.open({ httpGet });
    const seat = hub.openGate("up", plan, new URL("http://prometheus.example:9090/"));
    await home.clock.pass(31_000);
    expect(asked).toEqual(Array(3).fill("http://prometheus.example:9090/api/v1/query?query=up"));
    expect(seat.state.rows[0]?.sources[0]?.latest?.measurement).toBe("Successful");
    isThere = false;
    await home.clock.pass(16_000);
    expect(seat.state.lost).toEqual(["prometheus"]);
    await home.clock.pass(60_000);
    expect(home.failures.map(({ code, message }) => [code, message])).toEqual([
      ["prometheus-unreachable", "Prometheus at http://prometheus.example:9090: nobody there"],
    ]);
    isThere = true;
    await home.clock.pass(16_000);
    expect(seat.state.lost).toEqual([]);
    seat.close();
    const { length } = asked;
    await home.clock.pass(60_000);
    expect(asked).toHaveLength(length);
  });

  it("that answers without end is not read without end", async () => {
    await using home = new PlayedHome();
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 65_536;
        yield new Uint8Array(65_536);
      }
    }
    const hub = await home.open({ httpGet: async () => endless() });
    const seat = hub.openGate("up", plan, new URL("http://prometheus.example:9090/"));
    await home.clock.pass(1_000);
    for (let turn = 0; turn < 100; turn += 1) await home.clock.pass(1);
    expect(seat.state.rows[0]?.sources[0]?.latest?.measurement).toBe("Error");
    expect(sent).toBeLessThan(3 * 1024 * 1024);
  });
});
