/** Runs what concerns one topic one after another; different topics do not wait for each other. */
export interface TopicOrder {
  /** Runs `work` at once when nothing of `topic` is under way; `work` must not reject. */
  run(topic: string, work: () => Promise<void> | undefined): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function openTopicOrder(): TopicOrder {
  const tails = new Map<string, Promise<void>>();
  return {
    run: (topic, work) => {
      const before = tails.get(topic);
      const tail = before === undefined ? work() : before.then(work);
      if (tail === undefined) return;
      tails.set(topic, tail);
      void tail.then(() => {
        if (tails.get(topic) === tail) tails.delete(topic);
      });
    },
    idle: async () => {
      while (tails.size > 0) await Promise.all(tails.values());
    },
  };
}
