/** Who may log in, with what, and for how long: users, tickets, CSRF tokens and API tokens. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { ApiError } from './api-error.ts'

/** Seconds a ticket or a CSRF token is good for, and by how much clocks may differ (proxmox.md 1.2, recorded). */
const lifetimeSeconds = 7200
const graceSeconds = 300

export interface ApiToken {
  readonly secret: string
  readonly isSeparated: boolean
  readonly expire: number
  readonly comment?: string
}

export interface User {
  readonly userid: string
  readonly password?: string
  isEnabled: boolean
  readonly comment?: string
  readonly tokens: Map<string, ApiToken>
}

/** Whoever sent a request. */
export interface Caller {
  readonly userid: string
  /** As it stands in task ids: `root@pam!lab` for a token. */
  readonly label: string
  readonly isToken: boolean
  /** Everything is allowed to root and to its tokens without separated privileges, nothing to anybody else. */
  readonly isPrivileged: boolean
}

export interface AccountsOptions {
  readonly rootPassword: string
  /** Key of all signatures. */
  readonly secret: string
  nowSeconds(): number
  /** When the cluster's key was made; young keys shorten the life of tickets. */
  readonly keyCreatedSeconds: number
  /** Users that would have to give a second factor, which this server cannot check. */
  readonly secondFactorUsers: readonly string[]
}

export class Accounts {
  readonly users = new Map<string, User>()
  readonly groups = new Map<string, { readonly comment?: string }>()
  readonly #options: AccountsOptions
  #tokensMade = 0

  constructor(options: AccountsOptions) {
    this.#options = options
    this.#resetRoot()
  }

  /** The entry of root cannot go: without one, root has that of a fresh installation. */
  removeUser(userid: string): void {
    this.users.delete(userid)
    if (userid === 'root@pam') this.#resetRoot()
  }

  /** The user, or undefined for every reason alike. */
  logIn(username: string, password: string): User | undefined {
    const user = this.users.get(username)
    if (user === undefined || !user.isEnabled) return undefined
    if (this.#userOfTicket(password) === username) return user
    return user.password !== undefined && isSame(user.password, password) ? user : undefined
  }

  /** Whether it is the password itself; the login of the API also takes a ticket for it. */
  isPassword(userid: string, text: string): boolean {
    const user = this.users.get(userid)
    return user?.isEnabled === true && user.password !== undefined && isSame(user.password, text)
  }

  needsSecondFactor(user: User): boolean {
    return this.#options.secondFactorUsers.includes(user.userid)
  }

  createTicket(userid: string, issuedSeconds = this.#options.nowSeconds()): string {
    const plain = `PVE:${userid}:${hexSeconds(issuedSeconds)}`
    return `${plain}::${this.#sign('ticket', plain, 'base64')}`
  }

  /** Half a ticket: good for the second step of the login and nothing else. */
  createChallenge(userid: string): string {
    const plain = `PVE:!tfa!${encodeURIComponent(JSON.stringify({ totp: true, recovery: 'available' }))}`
    const dated = `${plain}:${hexSeconds(this.#options.nowSeconds())}`
    return `${dated}::${this.#sign('challenge', `${dated}:${userid}`, 'base64')}`
  }

  createCsrfToken(userid: string, issuedSeconds = this.#options.nowSeconds()): string {
    const issued = hexSeconds(issuedSeconds)
    return `${issued}:${this.#sign('csrf', `${issued}:${userid}`, 'base64').slice(0, 43)}`
  }

  isCsrfToken(token: string | undefined, userid: string): boolean {
    const issued = /^([0-9A-F]{8}):/.exec(token ?? '')?.[1]
    if (token === undefined || issued === undefined) return false
    const issuedSeconds = Number.parseInt(issued, 16)
    return (
      this.#isFresh(issuedSeconds, lifetimeSeconds) &&
      isSame(token, this.createCsrfToken(userid, issuedSeconds))
    )
  }

  callerOfTicket(ticket: string): Caller | undefined {
    const userid = this.#userOfTicket(ticket)
    if (userid === undefined || this.users.get(userid)?.isEnabled !== true) return undefined
    return { userid, label: userid, isToken: false, isPrivileged: userid === 'root@pam' }
  }

  /** `credentials`: `user@realm!token=secret`. */
  callerOfToken(credentials: string): Caller | undefined {
    const match = /^([^!=]+)!([^!=]+)=(.+)$/.exec(credentials)
    const [, userid = '', id = '', secret = ''] = match ?? []
    const user = this.users.get(userid)
    const token = user?.tokens.get(id)
    if (token === undefined || user?.isEnabled !== true || !isSame(token.secret, secret)) return undefined
    if (token.expire !== 0 && token.expire <= this.#options.nowSeconds()) return undefined
    const isPrivileged = userid === 'root@pam' && !token.isSeparated
    return { userid, label: `${userid}!${id}`, isToken: true, isPrivileged }
  }

  /** Made from the key, so that the same session gives the same secrets. */
  createTokenSecret(fullId: string): string {
    this.#tokensMade += 1
    const hex = this.#sign('token', `${fullId}/${this.#tokensMade}`, 'hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
      '-',
    )
  }

  #resetRoot(): void {
    this.users.set('root@pam', {
      userid: 'root@pam',
      password: this.#options.rootPassword,
      isEnabled: true,
      tokens: new Map(),
    })
  }

  #userOfTicket(ticket: string): string | undefined {
    const [, userid, issued] = /^PVE:([^:]+):([0-9A-F]{8})::/.exec(ticket) ?? []
    if (userid === undefined || issued === undefined) return undefined
    const issuedSeconds = Number.parseInt(issued, 16)
    const keyAge = this.#options.nowSeconds() - this.#options.keyCreatedSeconds
    const oldest =
      keyAge < lifetimeSeconds ? Math.min(lifetimeSeconds, keyAge + graceSeconds) : lifetimeSeconds
    if (!this.#isFresh(issuedSeconds, oldest)) return undefined
    return isSame(ticket, this.createTicket(userid, issuedSeconds)) ? userid : undefined
  }

  #isFresh(issuedSeconds: number, oldest: number): boolean {
    const age = this.#options.nowSeconds() - issuedSeconds
    return age > -graceSeconds && age < oldest
  }

  #sign(purpose: string, text: string, encoding: 'base64' | 'hex'): string {
    return createHmac('sha512', this.#options.secret).update(`${purpose}\n${text}`).digest(encoding)
  }
}

export function authenticationFailure(): ApiError {
  return new ApiError(401, 'authentication failure\n')
}

function hexSeconds(seconds: number): string {
  return seconds.toString(16).toUpperCase().padStart(8, '0')
}

function isSame(first: string, second: string): boolean {
  const [a, b] = [Buffer.from(first), Buffer.from(second)]
  return a.length === b.length && timingSafeEqual(a, b)
}
