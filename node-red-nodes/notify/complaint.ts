/** A failure that comes again with each try is said once, and again after it went well in between. */
export class Complaint {
  readonly #say: (why: string) => void;
  #said = "";

  constructor(say: (why: string) => void) {
    this.#say = say;
  }

  tell(why: string): void {
    if (why === this.#said) return;
    this.#said = why;
    this.#say(why);
  }

  itWentWell(): void {
    this.#said = "";
  }
}
