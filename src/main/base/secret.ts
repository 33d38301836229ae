import { inspect } from 'node:util'

const mask = '***'

/** Holds a password or token so that it cannot reach a log, a journal or an error text by accident. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one place that sends it. */
  reveal(): string {
    return this.#value
  }

  toJSON(): string {
    return mask
  }

  toString(): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}
