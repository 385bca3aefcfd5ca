/**
 * Why nobody answered, in words: Node's fetch says "fetch failed" and has the reason as its cause; of a name with
 * several addresses that cause says nothing but its code (AggregateError of node:net).
 */
export function whyFetchFailed(error: unknown): string {
  const { cause, message } = error as Error;
  const told = cause instanceof Error ? cause : (error as Error);
  return told.message || String((told as NodeJS.ErrnoException).code ?? message);
}
