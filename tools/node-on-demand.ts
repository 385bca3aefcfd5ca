import { isBuiltin } from "node:module";
import process from "node:process";
import type { Plugin } from "esbuild";

const NAMESPACE = "node-on-demand";
/** The names that a module can export under as they are. */
const NAME = /^(?!default$)[A-Za-z_$][\w$]*$/;

/**
 * Loads a module of Node only when the code that uses it runs. An `import` in one file is hoisted to its top,
 * and then Node reads every export of the module: `node:util` alone brings worker_threads and ten modules more.
 */
export const nodeOnDemand: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
      if (!isBuiltin(path) || path.endsWith("/")) return undefined;
      if (kind === "require-call") return { path, external: true };
      return { path: path.replace(/^node:/, ""), namespace: NAMESPACE };
    });
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: contentsOf(path),
    }));
  },
};

/** One binding an export, each marked as free of effects, so that esbuild leaves out those that nobody uses. */
function contentsOf(path: string): string {
  const names = Object.keys(process.getBuiltinModule(`node:${path}`) ?? {}).filter((name) =>
    NAME.test(name),
  );
  return [
    `const whole = /* @__PURE__ */ require("node:${path}");`,
    "export default whole;",
    ...names.map(
      (name) =>
        `const own_${name} = /* @__PURE__ */ (() => whole.${name})(); export { own_${name} as ${name} };`,
    ),
  ].join("\n");
}
