/** Runs what concerns one topic in order of arrival; different topics do not wait for each other. */
export interface TopicOrder {
  /**
   * Runs `work`, which must not reject: at once when nothing of `topic` is under way. `isKept` says that
   * it goes through the retained cache, which keeps an order of its own: such ones share an fsync
   * instead of waiting for each other.
   */
  run(topic: string, isKept: boolean, work: () => Promise<void> | undefined): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface UnderWay {
  readonly done: Promise<unknown>;
  /** Everything under way is in the cache already, so one more may join it. */
  readonly isInCache: boolean;
}

export function openTopicOrder(): TopicOrder {
  const topics = new Map<string, UnderWay>();
  const follow = (topic: string, next: UnderWay): void => {
    topics.set(topic, next);
    void next.done.then(() => {
      if (topics.get(topic) === next) topics.delete(topic);
    });
  };
  return {
    run: (topic, isKept, work) => {
      const before = topics.get(topic);
      if (before !== undefined && !(isKept && before.isInCache)) {
        follow(topic, { done: before.done.then(work), isInCache: false });
        return;
      }
      const own = work();
      if (own === undefined) return;
      follow(topic, { done: Promise.all([before?.done, own]), isInCache: isKept });
    },
    idle: async () => {
      while (topics.size > 0) await Promise.all([...topics.values()].map(({ done }) => done));
    },
  };
}
