import type { Conductor } from "../../src/conductor/index.ts";
import type { Release } from "../../src/contract/index.ts";
import type { RedNode } from "../runtime/red.ts";
import { readable } from "../shared-by-nodes/on-input.ts";

type Brought = Awaited<ReturnType<Conductor["bring"]>>;

interface Waiting {
  readonly release: Release;
  readonly onThere: () => void;
}

/** Republishes what was fetched on the home's broker (issue 7, 4); while the broker does not keep it, with each look again. */
export class BringHome {
  readonly #node: Pick<RedNode, "log" | "warn">;
  readonly #conductor: Pick<Conductor, "bring">;
  #waiting: Waiting | null = null;

  constructor(node: Pick<RedNode, "log" | "warn">, conductor: Pick<Conductor, "bring">) {
    this.#node = node;
    this.#conductor = conductor;
  }

  /** @param onThere when the broker has it, or something newer */
  bring(release: Release, onThere: () => void): void {
    this.#waiting = { release, onThere };
    this.again();
  }

  again(): void {
    if (this.#waiting) void this.#try(this.#waiting);
  }

  async #try(waiting: Waiting): Promise<void> {
    try {
      const brought = await this.#conductor.bring(waiting.release);
      if (this.#waiting === waiting) this.#waiting = null;
      this.#tell(brought);
      if (brought !== "refused") waiting.onThere();
    } catch (error) {
      const { name, message } = readable(error);
      this.#node.warn(`${name}: the release is not on the broker: ${message}`);
    }
  }

  #tell(brought: Brought): void {
    if (brought === "brought") this.#node.log("the release from the web is on the broker");
    if (brought === "older") this.#node.warn("the broker has a newer release than the web");
  }
}
