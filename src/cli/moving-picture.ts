import { createLogUpdate } from "log-update";

/** A picture that is drawn over itself. */
export interface MovingPicture {
  draw(picture: string): void;
  /** The last picture stays, the cursor comes back. */
  end(): void;
}

/** DECTCEM. */
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/** The cursor comes back with `end`, and when the process exits without it. */
export function openMovingPicture(stdout: NodeJS.WritableStream): MovingPicture {
  // Its own way to hide the cursor sends a SIGINT again that we have taken (signal-exit): the exit status would be 130.
  const update = createLogUpdate(stdout as NodeJS.WriteStream, { showCursor: true });
  const showCursor = (): void => void stdout.write(SHOW_CURSOR);
  stdout.write(HIDE_CURSOR);
  process.once("exit", showCursor);
  return {
    draw: update,
    end: () => {
      update.done();
      process.off("exit", showCursor);
      showCursor();
    },
  };
}
