import type { EpochMs } from "../../src/contract/index.ts";

interface Task {
  readonly at: number;
  readonly order: number;
  readonly what: () => void;
  canceled: boolean;
}

/** True time. It jumps from one thing that happens to the next; what is due at one instant happens in the order in which it was asked for. */
export class VirtualClock {
  #now: number;
  #order = 0;
  readonly #heap: Task[] = [];

  constructor(start: EpochMs) {
    this.#now = start;
  }

  get now(): EpochMs {
    return this.#now as EpochMs;
  }

  /** @returns takes it back */
  after(delayMs: number, what: () => void): () => void {
    const task: Task = {
      ...{ at: this.#now + Math.max(0, Math.round(delayMs)), order: this.#order++ },
      ...{ what, canceled: false },
    };
    this.#push(task);
    return () => {
      task.canceled = true;
    };
  }

  /** Lets time pass up to and including `end`; `look` is called after each thing that happened. */
  runUntil(end: number, look: () => void): void {
    for (let task = this.#heap[0]; task && task.at <= end; task = this.#heap[0]) {
      this.#pop();
      if (task.canceled) continue;
      this.#now = task.at;
      task.what();
      look();
    }
    this.#now = Math.max(this.#now, end);
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let place = heap.push(task) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(task, heap[parent] as Task)) break;
      heap[place] = heap[parent] as Task;
      place = parent;
    }
    heap[place] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Task;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      const [l, r] = [heap[left], heap[right]];
      if (!l) break;
      const [kid, at] = r && isBefore(r, l) ? [r, right] : [l, left];
      if (!isBefore(kid, last)) break;
      heap[place] = kid;
      place = at;
    }
    heap[place] = last;
  }
}

const isBefore = (one: Task, other: Task): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
