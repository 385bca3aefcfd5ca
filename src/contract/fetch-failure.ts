/**
 * Why nobody answered, in words: Node's fetch says "fetch failed" and has the reason as its cause; of a name with
 * several addresses that cause says nothing but its code (AggregateError of node:net).
 */
export function whyFetchFailed(error: unknown): string {
  const { cause, message } = error as Error;
  if (!(cause instanceof Error)) return message;
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? message);
}
