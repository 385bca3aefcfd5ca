import { defineConfig } from "vitest/config";

// unit: pure rooms and parsers, no sockets. system: real brokers, real Nix, real Node-RED, one file at a time.
export default defineConfig({
  test: {
    // The pure rooms decide: no way through them goes untested (`npm run check:coverage`).
    coverage: {
      include: ["src/{rollout,gate,people}/**"],
      reporter: [["text", { skipFull: true }]],
      thresholds: { 100: true },
    },
    projects: [
      {
        test: {
          name: "unit",
          setupFiles: ["test/support/seeded-properties.ts"],
          include: [
            "test/{contract,gate,nodes,rollout,people,store,conductor,monitor,simulation,cli,agent,architecture,bus,broker,tools,bench}/**/*.test.ts",
          ],
          // Whole simulated weeks run here; on two busy cores one takes minutes, and no test asserts how long.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "system",
          setupFiles: ["test/support/seeded-properties.ts"],
          include: ["test/system/**/*.test.ts"],
          exclude: ["test/system/deep/**"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "deep",
          setupFiles: ["test/support/seeded-properties.ts"],
          include: ["test/system/deep/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
