import { join } from "node:path";
import type { DemoHome } from "./demo-home.ts";
import type { Environment } from "./host-nix.ts";

/** Nix keeps its own files below the demo's folder: the machine's /nix/var and ~/.cache stay as they are. */
export const environmentIn = ({ directory }: DemoHome, environment: Environment): Environment => ({
  ...environment,
  HOME: directory,
  XDG_CACHE_HOME: join(directory, "nix-cache"),
  NIX_STATE_DIR: join(directory, "nix-var"),
  NIX_LOG_DIR: join(directory, "nix-var/log"),
  NODE_COMPILE_CACHE: join(directory, "compile-cache"), // activators come and go many times
});
