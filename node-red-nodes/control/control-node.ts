import type { Asked, Conductor } from "../../src/conductor/index.ts";
import { NixwaveError } from "../../src/contract/index.ts";
import type { Language } from "../../src/people/index.ts";
import type { FlowMessage, NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { joinFleet } from "../shared-by-nodes/join-fleet.ts";
import { guarded, onInput, readable } from "../shared-by-nodes/on-input.ts";
import { type StatusWord, say, shorten } from "../shared-by-nodes/status-words.ts";
import { commandIn } from "./command-in.ts";
import { type CommandTable, parseCommandTable } from "./command-table.ts";

/** "command": any message becomes what a person could ask for. */
export default function registerControl(red: Red): void {
  function ControlNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const table = readTable(this, config);
    let desk: Desk | null = null;
    if (table) {
      joinFleet(red, this, config, (conductor, { language }) => {
        const own = new Desk(this, conductor, language, table);
        desk = own;
        const stop = conductor.watch(guarded(this, () => own.askAgain()));
        return () => {
          stop();
          desk = null;
        };
      });
    }
    onInput(this, (message, done) => {
      if (!desk) throw new NixwaveError("fleet-config-invalid", "nothing can be commanded here");
      desk.take(message);
      done();
    });
  }
  red.nodes.registerType("nixwave-control", ControlNode);
}

function readTable(node: RedNode, config: NodeConfig): CommandTable | null {
  try {
    return parseCommandTable(config);
  } catch (error) {
    node.error(readable(error).message);
    node.status({ fill: "red", shape: "ring", text: say("en", "wrongSettings") });
    return null;
  }
}

/** A contact bounces, a broker without a session delivers twice: within this time it is one press. */
const ONE_PRESS_MS = 2_000;

class Desk {
  readonly #node: RedNode;
  readonly #conductor: Conductor;
  readonly #language: Language;
  readonly #table: CommandTable;
  /** A switch's state that came before the hub could be asked; a button's press is not kept. */
  #kept: Asked | null = null;
  #lastPress: { readonly what: string; readonly at: number } | null = null;

  constructor(node: RedNode, conductor: Conductor, language: Language, table: CommandTable) {
    this.#node = node;
    this.#conductor = conductor;
    this.#language = language;
    this.#table = table;
    this.#show("grey", "idle");
  }

  take(message: FlowMessage): void {
    const command = commandIn(this.#table, message);
    switch (command.kind) {
      case "unknown":
        this.#show("yellow", "unknownWord");
        this.#node.warn(`${command.shown} stands in no row: nothing is done`);
        return;
      case "replay":
        this.#show("grey", "ignoredReplay");
        return;
      case "wordless":
        this.#show("grey", "noWord");
        return;
      case "nothing":
        this.#show("grey", "idle");
        return;
      case "ask":
        if (this.#bounces(command.asked)) this.#show("grey", "onePress");
        else this.#ask(command.asked);
    }
  }

  /** Of a button alone: a switch's last word is where it stands. */
  #bounces(asked: Asked): boolean {
    if (this.#table.isLevel) return false;
    const press = { what: JSON.stringify(asked), at: performance.now() };
    const before = this.#lastPress;
    this.#lastPress = press;
    return before?.what === press.what && press.at - before.at < ONE_PRESS_MS;
  }

  askAgain(): void {
    if (this.#kept) this.#ask(this.#kept);
  }

  #ask(asked: Asked): void {
    const { accepted, code, message } = this.#conductor.ask(asked);
    this.#kept = this.#table.isLevel && code === "hub-not-ready" ? asked : null;
    if (this.#kept) return;
    const text = shorten(asked.host === null ? asked.verb : `${asked.verb} ${asked.host}`);
    if (accepted) this.#node.status({ fill: "green", shape: "dot", text });
    else if (this.#table.isLevel) this.#show("grey", "nothingNew");
    else {
      this.#node.status({ fill: "yellow", shape: "ring", text });
      this.#node.warn(`${asked.verb}: ${code ?? ""} ${message}`);
    }
  }

  #show(fill: "grey" | "yellow", word: StatusWord): void {
    const shape = fill === "yellow" ? "ring" : "dot";
    this.#node.status({ fill, shape, text: say(this.#language, word) });
  }
}
