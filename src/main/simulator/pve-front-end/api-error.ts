/** An answer other than 200: what a handler dies with. */
export class ApiError extends Error {
  readonly status: number
  /** Errors of single parameters, by name. */
  readonly errors: Readonly<Record<string, string>> | undefined

  /** `message` as it stands in the body; its first line is the reason phrase. */
  constructor(status: number, message: string, errors?: Readonly<Record<string, string>>) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

/** An answer with a status line and no body. */
export class BareRefusal extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

/** A handler's own failure, which Proxmox answers with 500 and a sentence that ends its line. */
export function refuse(sentence: string): never {
  throw new ApiError(500, `${sentence}\n`)
}

export function refuseParameters(errors: Readonly<Record<string, string>>): never {
  throw new ApiError(400, 'Parameter verification failed.\n', errors)
}

export function refusePermission(what: string): never {
  throw new ApiError(403, `Permission check failed${what}\n`)
}
