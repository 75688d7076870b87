// What a client is told when it can't have what it asked for.

const STATUS = { VALIDATION: 400, UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404, CONFLICT: 409 };

export class Failure extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }

  get status() { return STATUS[this.code] ?? 500; }
}

/** The object of a failed ack or answer; what is the server's own fault goes to the log alone. */
export function told(error, otherwise) {
  if (error instanceof Failure) return { success: false, error: error.message, code: error.code };
  console.error(error);
  return { success: false, error: otherwise, code: 'INTERNAL' };
}
