import type { Conductor } from "../../src/conductor/index.ts";
import type { Release } from "../../src/contract/index.ts";
import type { RedNode } from "../runtime/red.ts";
import { readable } from "../shared-by-nodes/on-input.ts";

/** Republishes what was fetched on the home's broker (issue 7, 4); while the broker does not keep it, with each look again. */
export class BringHome {
  readonly #node: Pick<RedNode, "warn">;
  readonly #conductor: Pick<Conductor, "bring">;
  #waiting: Release | null = null;

  constructor(node: Pick<RedNode, "warn">, conductor: Pick<Conductor, "bring">) {
    this.#node = node;
    this.#conductor = conductor;
  }

  bring(release: Release): void {
    this.#waiting = release;
    this.again();
  }

  again(): void {
    const release = this.#waiting;
    if (release) void this.#try(release);
  }

  async #try(release: Release): Promise<void> {
    try {
      const brought = await this.#conductor.bring(release);
      if (brought === "older") this.#node.warn("the broker has a newer release than the web");
      if (this.#waiting === release) this.#waiting = null;
    } catch (error) {
      const { name, message } = readable(error);
      this.#node.warn(`${name}: the release is not on the broker: ${message}`);
    }
  }
}
