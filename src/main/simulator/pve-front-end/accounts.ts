/** Who may log in, with what, and for how long: users, tickets, CSRF tokens and API tokens. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { ApiError } from './api-error.ts'
import type { Release } from './release.ts'
import { type Granted, Rights, type Subject } from './rights.ts'
import { SecondFactors } from './second-factors.ts'

/** Seconds a ticket or a CSRF token is good for, and by how much clocks may differ (proxmox.md 1.2, recorded). */
const lifetimeSeconds = 7200
const graceSeconds = 300
/** Seconds to answer a challenge, and recovery keys of a set (assumptions). */
const challengeSeconds = 300
const recoveryKeys = 10

export interface ApiToken {
  readonly secret: string
  /** It has rights of its own, at most those of its user. */
  readonly isSeparated: boolean
  /** Seconds since 1970; 0 for never. */
  readonly expire: number
  readonly comment?: string
}

/** What is written of a user beside his name, under the names of the API. */
export interface UserDetails {
  comment?: string
  email?: string
  firstname?: string
  lastname?: string
  keys?: string
}

export interface User {
  readonly userid: string
  password?: string
  isEnabled: boolean
  /** Seconds since 1970; 0 for never. */
  expire: number
  details: UserDetails
  readonly groups: Set<string>
  readonly factors: SecondFactors
  readonly tokens: Map<string, ApiToken>
}

/** Whoever sent a request. */
export interface Caller {
  readonly userid: string
  /** As it stands in task ids: `root@pam!lab` for a token. */
  readonly label: string
  readonly isToken: boolean
  /** Whether a privilege is given to him at a path such as `/vms/100`. */
  may(path: string, privilege: string): boolean
}

export interface AccountsOptions {
  readonly rootPassword: string
  /** Key of all signatures. */
  readonly secret: string
  nowSeconds(): number
  /** When the cluster's key was made; young keys shorten the life of tickets. */
  readonly keyCreatedSeconds: number
  readonly release: Release
}

export class Accounts {
  readonly users = new Map<string, User>()
  readonly groups = new Map<string, { comment?: string }>()
  readonly rights: Rights
  readonly #options: AccountsOptions
  #tokensMade = 0

  constructor(options: AccountsOptions) {
    this.#options = options
    this.rights = new Rights(options.release)
    this.#resetRoot(options.rootPassword)
  }

  /** A user without rights, known from now on. */
  addUser(userid: string): User {
    const groups = new Set<string>()
    const [factors, tokens] = [new SecondFactors(), new Map<string, ApiToken>()]
    const user: User = { userid, isEnabled: true, expire: 0, details: {}, groups, factors, tokens }
    this.users.set(userid, user)
    return user
  }

  /**
   * With all that was granted to him and his tokens. The entry of root cannot go: without one, root has that of a
   * fresh installation, and the password that the system knows.
   */
  removeUser(userid: string): void {
    const password = this.users.get(userid)?.password
    this.users.delete(userid)
    this.rights.revoke(
      ({ type, ugid }) =>
        (type === 'user' && ugid === userid) || (type === 'token' && ugid.startsWith(`${userid}!`)),
    )
    if (userid === 'root@pam') this.#resetRoot(password ?? this.#options.rootPassword)
  }

  removeGroup(groupid: string): void {
    this.groups.delete(groupid)
    for (const { groups } of this.users.values()) groups.delete(groupid)
    this.rights.revoke(({ type, ugid }) => type === 'group' && ugid === groupid)
  }

  removeToken({ userid, tokens }: User, id: string): void {
    tokens.delete(id)
    this.rights.revoke(({ type, ugid }) => type === 'token' && ugid === `${userid}!${id}`)
  }

  /** What a user, or with `user@realm!token` one of his tokens, may do at a path. */
  grantedTo(name: string, path: string): Granted {
    return this.rights.granted(this.#subject(name), path)
  }

  /** The user, or undefined for every reason alike. */
  logIn(username: string, password: string): User | undefined {
    const user = this.users.get(username)
    if (user === undefined || !this.#isActive(user)) return undefined
    if (this.#userOfTicket(password) === username) return user
    return isPasswordOf(user, password) ? user : undefined
  }

  /** Whether it is the password itself; the login of the API also takes a ticket for it. */
  isPassword(userid: string, text: string): boolean {
    const user = this.users.get(userid)
    return user !== undefined && this.#isActive(user) && isPasswordOf(user, text)
  }

  /** Whether it is a ticket of the user, which he got with all his factors. */
  isTicketOf(userid: string, text: string): boolean {
    return this.#userOfTicket(text) === userid
  }

  createTicket(userid: string, issuedSeconds = this.#options.nowSeconds()): string {
    const plain = `PVE:${userid}:${hexSeconds(issuedSeconds)}`
    return `${plain}::${this.#sign('ticket', plain, 'base64')}`
  }

  /** Half a ticket: good for the second step of the login and nothing else. */
  createChallenge({ userid, factors }: User): string {
    const plain = `PVE:!tfa!${encodeURIComponent(JSON.stringify(factors.challenge))}`
    const dated = `${plain}:${hexSeconds(this.#options.nowSeconds())}`
    return `${dated}::${this.#sign('challenge', `${dated}:${userid}`, 'base64')}`
  }

  /** The user whose challenge it is, if his answer is right. */
  answerChallenge(userid: string, challenge: string, answer: string): User | undefined {
    const [, dated = '', issued = ''] = /^(PVE:!tfa![^:]*:([0-9A-F]{8}))::/.exec(challenge) ?? []
    const user = this.users.get(userid)
    const signed = `${dated}::${this.#sign('challenge', `${dated}:${userid}`, 'base64')}`
    if (user === undefined || !this.#isActive(user) || !isSame(challenge, signed)) return undefined
    if (!this.#isFresh(Number.parseInt(issued, 16), challengeSeconds)) return undefined
    return user.factors.accepts(answer, this.#options.nowSeconds()) ? user : undefined
  }

  /** Ten keys, made from the key of the tickets. */
  createRecoveryKeys(userid: string): readonly string[] {
    this.#tokensMade += 1
    const seed = `${userid}/${this.#tokensMade}`
    return Array.from({ length: recoveryKeys }, (_none, at) =>
      (this.#sign('recovery', `${seed}/${at}`, 'hex').slice(0, 16).match(/.{4}/g) ?? []).join('-'),
    )
  }

  /** Opens the console at a path, and nothing else. */
  createConsoleTicket(userid: string, path: string): string {
    const plain = `PVEVNC:${hexSeconds(this.#options.nowSeconds())}`
    return `${plain}::${this.#sign('console', `${plain}:${userid}:${path}`, 'base64')}`
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
    const user = this.users.get(userid ?? '')
    return user !== undefined && this.#isActive(user) ? this.callerOf(user.userid) : undefined
  }

  /** `label`: a user, or with `user@realm!token` one of his tokens; without a look at what he logs in with. */
  callerOf(label: string): Caller {
    const [userid = '', token] = label.split('!')
    const may = (path: string, privilege: string) => this.grantedTo(label, path).has(privilege)
    return { userid, label, isToken: token !== undefined, may }
  }

  /** `credentials`: `user@realm!token=secret`. */
  callerOfToken(credentials: string): Caller | undefined {
    const match = /^([^!=]+)!([^!=]+)=(.+)$/.exec(credentials)
    const [, userid = '', id = '', secret = ''] = match ?? []
    const user = this.users.get(userid)
    const token = user?.tokens.get(id)
    if (user === undefined || token === undefined || !this.#isActive(user)) return undefined
    if (!isSame(token.secret, secret) || this.#isPast(token.expire)) return undefined
    return this.callerOf(`${userid}!${id}`)
  }

  /** Made from the key, so that the same session gives the same secrets. */
  createTokenSecret(fullId: string): string {
    this.#tokensMade += 1
    const hex = this.#sign('token', `${fullId}/${this.#tokensMade}`, 'hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
      '-',
    )
  }

  #resetRoot(password: string): void {
    this.addUser('root@pam').password = password
  }

  #subject(name: string): Subject {
    const [userid = '', id] = name.split('!')
    const user = this.users.get(userid)
    const subject = { userid, groups: user?.groups ?? new Set<string>() }
    const isSeparated = id !== undefined && user?.tokens.get(id)?.isSeparated !== false
    return isSeparated ? { ...subject, separatedToken: name } : subject
  }

  #isActive({ isEnabled, expire }: User): boolean {
    return isEnabled && !this.#isPast(expire)
  }

  #isPast(expire: number): boolean {
    return expire !== 0 && expire <= this.#options.nowSeconds()
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

function isPasswordOf({ password }: User, text: string): boolean {
  return password !== undefined && isSame(password, text)
}

function hexSeconds(seconds: number): string {
  return seconds.toString(16).toUpperCase().padStart(8, '0')
}

function isSame(first: string, second: string): boolean {
  const [a, b] = [Buffer.from(first), Buffer.from(second)]
  return a.length === b.length && timingSafeEqual(a, b)
}
