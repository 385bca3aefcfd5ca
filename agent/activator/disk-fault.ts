/** The disk is full, may not be written, or is breaking: no fault of ours, and none that a retry at once repairs. */
export const isDiskFault = (error: unknown): boolean =>
  ["ENOSPC", "EDQUOT", "EROFS", "EIO"].includes((error as NodeJS.ErrnoException).code ?? "");
