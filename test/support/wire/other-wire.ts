import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { bundleProgram } from "../../../tools/bundle.ts";

/** Wire versions after the product's: everything is the checkout's own code, but the list of forms of an order. */
export type LaterWire = 2 | 3 | 4;

/** Where that version's list lies. */
const formsOf = (wire: LaterWire): string =>
  fileURLToPath(new URL(`./forms-of-${wire}.ts`, import.meta.url));

/** Agent and activator as one version of Nixwave; 1 is the checkout's own. */
export async function bundleWire(wire: 1 | LaterWire, folder: string): Promise<void> {
  const plugins = wire === 1 ? [] : [withForms(formsOf(wire))];
  for (const name of ["nixwave-agent", "nixwave-activator"] as const) {
    await bundleProgram(name, join(folder, `${name}.mjs`), plugins);
  }
}

const OF_PRODUCT = /[\\/]src[\\/]contract[\\/]/;

const withForms = (path: string): Plugin => ({
  name: "the wire of another version",
  setup({ onResolve }) {
    onResolve({ filter: /\/order-forms\.ts$/ }, ({ importer }) =>
      OF_PRODUCT.test(importer) ? { path } : undefined,
    );
  },
});

/** Node's options for a program that runs from the sources as one of that version (speak-wire-2.ts). */
export const SPEAKS_WIRE_2: readonly string[] = [
  "--import",
  new URL("./speak-wire-2.ts", import.meta.url).href,
];
