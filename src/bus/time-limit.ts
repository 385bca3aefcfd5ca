/** Waits for `done` or `limitMs`; a failure of `done` is not this caller's affair. */
export async function within(limitMs: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([limit, done.catch(() => undefined)]);
  clearTimeout(timer);
}
