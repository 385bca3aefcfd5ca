/** Resolves after this long, at once when it is closed; an open timer does not outlive the node. */
export const waitUnlessClosed = (ms: number, closed: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      closed.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    closed.addEventListener("abort", end);
    if (closed.aborted) end();
  });
