import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, expect, it } from "vitest";

const REST_SMALL = new URL("../../agent/talk/rest-small.ts", import.meta.url);

/**
 * What V8 runs a function with that was called as often as an agent's timers are in a quarter of an hour: well
 * before it counts as hot. Compiled here and now, so that no other thread's pace matters.
 */
function tierOf(prelude: string): string {
  const script = `${prelude}
    const steps = Array.from({ length: 400 }, (_, n) => \`sum = (sum * \${n + 3} + a) | 0;\`);
    const work = new Function("a", \`let sum = 0; \${steps.join("")} return sum;\`);
    for (let call = 0; call < 60; call += 1) work(call);
    const tiers = { interpreted: "Ignition", compiled: "Sparkplug" };
    const is = (tier) => new Function("work", \`return %ActiveTierIs\${tier}(work)\`)(work);
    console.log(Object.keys(tiers).filter((name) => is(tiers[name])).join());`;
  const flags = ["--allow-natives-syntax", "--no-concurrent-sparkplug", "--input-type=module"];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, "-e", script], {
    encoding: "utf8",
  });
  return `${stdout}${stderr}`.trim();
}

describe("an agent at rest", () => {
  it("has nothing compiled that it does now and then, which would wake V8's threads", () => {
    const resting = `const { restSmall } = await import(${JSON.stringify(REST_SMALL)}); await restSmall();`;
    expect(tierOf(resting)).toBe("interpreted");
    expect(tierOf("")).toBe("compiled");
  });
});
