import type { Plugin } from "esbuild";

/**
 * What the MQTT library asks for and a host has no use for. Loading it would cost each host memory for months,
 * and less foreign code runs there.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  // A copy of Node's own streams for browsers and old versions of Node.
  "readable-stream": `module.exports = require("node:stream");`,
  // Prints when DEBUG is set; the bus hands its own `log` in.
  debug: `
    const silent = Object.assign(() => undefined, { enabled: false, extend: () => silent });
    module.exports = () => silent;`,
  // Timers in a Web Worker; in Node the library takes Node's.
  "worker-timers": `
    const inBrowsers = () => { throw new Error("worker-timers is for browsers"); };
    module.exports = { setInterval: inBrowsers, clearInterval: inBrowsers };`,
  // Topic aliases are of MQTT 5; Nixwave speaks 3.1.1.
  "lru-cache": `
    module.exports = { LRUCache: class { constructor() { throw new Error("MQTT 5 is not spoken"); } } };`,
};

const NAMESPACE = "stand-in";

/** Puts the stand-ins in their places. */
export const standIns: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      Object.hasOwn(STAND_INS, path) ? { path, namespace: NAMESPACE } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: STAND_INS[path] ?? "",
    }));
  },
};
