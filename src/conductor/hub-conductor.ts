import type { NixwaveError, Release } from "../contract/index.ts";
import type { GatePlan } from "../gate/index.ts";
import type { Plan, RolloutEvent } from "../rollout/index.ts";
import type { HistoryEntry } from "../store/index.ts";
import type { Brought } from "./bring-release.ts";
import type {
  Answer,
  Asked,
  Conductor,
  Decided,
  Examined,
  GateSeat,
  Happened,
  HubView,
  Notes,
  Offered,
  PastRollout,
  Phone,
  Question,
  QuestionAnswer,
} from "./conductor.ts";
import type { HubShell } from "./hub-shell.ts";
import { NoteDesk } from "./note-desk.ts";
import type { Rooms } from "./rooms.ts";
import type { GateTrace } from "./seat-trace.ts";

/** The shell as its callers see it. */
export class HubConductor implements Conductor {
  readonly #rooms: Rooms;
  readonly #shell: HubShell;
  readonly notes: Notes;

  constructor(rooms: Rooms, shell: HubShell) {
    this.#rooms = rooms;
    this.#shell = shell;
    this.notes = new NoteDesk({ store: rooms.store, failed: shell.failures.tell });
  }

  get view(): HubView {
    return this.#shell.showing.view;
  }

  watch(listener: (view: HubView) => void): () => void {
    return this.#shell.showing.watch(listener);
  }

  onHappened(listener: (happened: Happened) => void): () => void {
    return this.#shell.happenings.listen(listener);
  }

  onDecided(listener: (decided: Decided) => void): () => void {
    return this.#shell.decisions.listen(listener);
  }

  onFailed(listener: (error: NixwaveError) => void): () => void {
    return this.#shell.failures.listen(listener);
  }

  onRelease(listener: (release: Release) => void): () => void {
    return this.#shell.offers.onRelease(listener);
  }

  examine(release: Release): Examined {
    return this.#shell.offers.examine(release);
  }

  offer(release: Release): Offered {
    return this.#shell.offers.offer(release);
  }

  bring(release: Release): Promise<Brought> {
    return this.#shell.offers.bring(release);
  }

  ask(asked: Asked): Answer {
    return this.#shell.switches.ask(asked);
  }

  readonly step: Conductor["step"] = {
    tryOn: (key) => this.#shell.asking.step({ type: "TrialAsked", at: this.#at(), ...key }),
    keep: (key) => this.#shell.asking.step({ type: "StepKept", at: this.#at(), ...key }),
    undo: (key, why) =>
      this.#shell.asking.step({ type: "StepUndone", at: this.#at(), ...key, why }),
  };

  pose(question: Question, onAnswer: (answer: QuestionAnswer) => void): () => void {
    return this.#shell.asking.pose(question, onAnswer);
  }

  setPlan(plan: Plan): void {
    this.#shell.setPlan(plan);
  }

  openGate(name: string, plan: GatePlan, prometheus: URL | null): GateSeat {
    return this.#shell.seats.open(name, plan, prometheus);
  }

  gates(): readonly GateTrace[] {
    return this.#shell.seats.traces();
  }

  get phone(): Phone {
    return this.#shell.phone;
  }

  history(limit: number): readonly HistoryEntry<PastRollout>[] {
    try {
      return this.#rooms.store.history(limit);
    } catch (error) {
      this.#shell.failures.tell(error);
      return [];
    }
  }

  async close(): Promise<void> {
    this.#shell.close();
  }

  #at(): RolloutEvent["at"] {
    return this.#rooms.clock();
  }
}
