import { fileURLToPath } from "node:url";

/** In the package that `tools/pack-cli.ts` writes, this module is in a bundle beside the programs. */
const IS_PACKED = !import.meta.url.endsWith(".ts");

const at = (inCheckout: string, inPackage: string): string =>
  fileURLToPath(new URL(IS_PACKED ? inPackage : inCheckout, import.meta.url));

/** Where the parts lie that this program starts or reads, in a checkout as in the package. Absolute. */
export const PLACES = {
  /** This very program. */
  nixwave: at("./main.ts", "./main.js"),
  demoHub: at("./demo/hub-process.ts", "./hub-process.js"),
  agent: at("../../agent/main.ts", "./nixwave-agent.mjs"),
  /** The package of Node-RED's nodes. */
  nodes: at("../../node-red-nodes", "../node-red-nodes"),
  flow: (name: string): string => at(`../../flows/${name}.json`, `../flows/${name}.json`),
};
