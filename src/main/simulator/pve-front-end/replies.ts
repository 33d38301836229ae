/** Answers as they go over the wire: header sets and bodies of the real server (recorded on 8.4). */
import type { ApiError } from './api-error.ts'

export interface ApiReply {
  readonly status: number
  readonly reason: string
  /** In order and case of the wire; the connection's own header is added there. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

export type Format = 'json' | 'extjs' | 'html'

/** What a handler gives beside the data. */
export class Result {
  readonly data: unknown
  readonly extra: Readonly<Record<string, unknown>>

  constructor(data: unknown, extra: Readonly<Record<string, unknown>>) {
    this.data = data
    this.extra = extra
  }
}

/** Text that is handed over as it is, to be kept under a name. */
export class Download {
  readonly text: string
  readonly fileName: string

  constructor(text: string, fileName: string) {
    this.text = text
    this.fileName = fileName
  }
}

interface Body {
  readonly text: string
  /** Undefined: nothing is said about the type. */
  readonly type?: string
}

const jsonType = 'application/json;charset=UTF-8'

export function reply(status: number, reason: string, wallTime: Date, body?: Body): ApiReply {
  const date = wallTime.toUTCString()
  return {
    status,
    reason,
    headers: [
      ['Cache-Control', 'max-age=0'],
      ['Date', date],
      ['Pragma', 'no-cache'],
      ['Server', 'pve-api-daemon/3.0'],
      ...(body === undefined ? [] : [['Content-Length', String(Buffer.byteLength(body.text))] as const]),
      ...(body?.type === undefined ? [] : [['Content-Type', body.type] as const]),
      ['Expires', date],
    ],
    body: body?.text ?? '',
  }
}

export function successReply(value: unknown, format: Format, wallTime: Date): ApiReply {
  if (value instanceof Download) {
    const answer = reply(200, 'OK', wallTime, { text: value.text, type: 'text/plain' })
    const disposition = ['Content-Disposition', `attachment; filename="${value.fileName}"`] as const
    return { ...answer, headers: [...answer.headers, disposition] }
  }
  const { data, extra } = value instanceof Result ? value : new Result(value, {})
  const content = { data: data ?? null, ...extra, ...(format === 'extjs' ? { success: 1 } : {}) }
  if (format === 'html') return reply(200, 'OK', wallTime, htmlBody(JSON.stringify(content, undefined, 2)))
  return reply(200, 'OK', wallTime, { text: JSON.stringify(content), type: jsonType })
}

export function errorReply(error: ApiError, format: Format, wallTime: Date): ApiReply {
  const { status, message, errors } = error
  const reason = message.split('\n')[0] ?? ''
  const content = { data: null, message, ...(errors === undefined ? {} : { errors }) }
  if (format !== 'extjs')
    return reply(status, reason, wallTime, { text: JSON.stringify(content), type: jsonType })
  // Raised exceptions carry their code as text, failures of handlers as a number (recorded).
  const code = status >= 500 ? status : String(status)
  const text = JSON.stringify({ ...content, success: 0, status: code })
  return reply(200, 'OK', wallTime, { text, type: jsonType })
}

/** Refusals that come before any format is known. */
export function plainReply(status: number, text: string, wallTime: Date): ApiReply {
  return reply(status, text.trimEnd(), wallTime, { text })
}

export function htmlBody(text: string): Body {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return { text: `<!DOCTYPE html>\n<pre>${escaped}</pre>\n`, type: 'text/html;charset=UTF-8' }
}
