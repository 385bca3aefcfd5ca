import type { ErrorCode } from "./error-table.ts";

interface ErrorDetail {
  /** Where it was found: a topic, a file, or a JSON pointer inside a payload. */
  readonly where?: string;
  readonly cause?: unknown;
}

/** Every failure Nixwave raises on purpose. `code` is one of ERRORS; `message` says what and where. */
export class NixwaveError extends Error {
  override readonly name: string = "NixwaveError";
  readonly code: ErrorCode;
  readonly where: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.where = detail.where;
  }
}

/** A byte sequence that the contract refuses. Parsers throw nothing else. */
export class ContractError extends NixwaveError {
  override readonly name = "ContractError";
}
