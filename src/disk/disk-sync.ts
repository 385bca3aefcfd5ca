import { closeSync, fdatasync, openSync } from "node:fs";

/** Brings what was written to one file onto the disk, off the event loop: an SD card takes its time. */
export interface DiskSync {
  /** There is something new to bring. */
  wrote(): void;
  /** Resolves when all that was written until now survives a power cut; callers share one fdatasync. */
  synced(): Promise<void>;
  close(): void;
}

export function openDiskSync(file: string): DiskSync {
  let descriptor: number | undefined;
  let isDirty = false;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  /** Linux reports a failed write-back once and then forgets the pages: a later success would prove nothing. */
  let failure: Error | undefined;

  const start = (): Promise<void> => {
    isDirty = false;
    running = new Promise<void>((resolve, reject) => {
      descriptor ??= openSync(file, "r+");
      fdatasync(descriptor, (error) => (error ? reject(error) : resolve()));
    })
      .catch((error: Error) => {
        failure = error;
        throw error;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const synced = async (): Promise<void> => {
    if (failure) throw failure;
    if (!running) return isDirty ? start() : undefined;
    if (!isDirty) return running;
    next ??= running.then(() => {
      next = undefined;
      return start();
    });
    return next;
  };
  return {
    wrote: () => {
      isDirty = true;
    },
    synced,
    close: () => {
      const end = (): void => {
        if (descriptor !== undefined) closeSync(descriptor);
      };
      // A number closed under a running sync could by then be another file's.
      if (running === undefined) end();
      else void running.then(end, end);
    },
  };
}
