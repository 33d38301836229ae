/** What is asked, as far as it can be read before anybody knows what it means. */
import { createHash } from 'node:crypto'
import { boundaryOf, type UploadForm } from './multipart.ts'
import type { Format } from './replies.ts'

export interface ApiRequest {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body?: string
  /** A form with a file, which has no body beside it. */
  readonly upload?: UploadForm
}

/** What is sent there is a form with a file, which needs no CSRF token (proxmox.md 7.4). */
export function isUpload({ method, target, headers }: Omit<ApiRequest, 'body'>): boolean {
  const path = target.split('?')[0] ?? ''
  return method === 'POST' && path.endsWith('/upload') && boundaryOf(headers['content-type']) !== undefined
}

/** A body that cannot be read. */
export class MalformedBody extends Error {}

/** `path` is undefined outside the API, `format` where nobody can write it. */
export function locate(rawPath: string): { path?: string; format?: Format } {
  const [, word, rest] = /^\/api2\/([a-z0-9]+)(\/.*)?$/.exec(rawPath) ?? []
  if (word === undefined) return {}
  const path = decode(rest ?? '').replace(/\/+$/, '') || '/'
  return word === 'json' || word === 'extjs' || word === 'html' ? { path, format: word } : { path }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function ticketOf(headers: ApiRequest['headers']): string | undefined {
  const cookie = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(headers.cookie ?? '')?.[1]
  const header = /^PVEAuthCookie=(.+)$/.exec(headers.authorization ?? '')?.[1]
  const ticket = cookie ?? header
  return ticket === undefined ? undefined : decode(ticket)
}

export function givenIn(request: ApiRequest & { readonly query: string }): Record<string, unknown> {
  const inQuery = formValues(request.query)
  const { body, upload } = request
  if (upload !== undefined)
    return {
      ...inQuery,
      ...upload.fields,
      ...(upload.file === undefined ? {} : { filename: upload.file.name, tmpfilename: uploadedPath(upload) }),
    }
  if (body === undefined || body === '') return inQuery
  if (request.headers['content-type']?.startsWith('application/json') !== true)
    return { ...inQuery, ...formValues(body) }
  return { ...inQuery, ...jsonValues(body) }
}

/** Where the proxy puts a file before a task takes it; the name follows from what it is. */
export function uploadedPath({ file }: UploadForm): string {
  const id = createHash('md5').update(`${file?.name} ${file?.bytes}`).digest('hex')
  return `/var/tmp/pveupload-${id}`
}

/** A name given several times is a list. */
function formValues(text: string): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const pairs = new URLSearchParams(text)
  for (const name of new Set(pairs.keys())) {
    const all = pairs.getAll(name)
    values[name] = all.length === 1 ? all[0] : all
  }
  return values
}

function jsonValues(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new MalformedBody(
      `malformed JSON string, neither tag, array, object, number, string or atom, at character offset ${text.length} (before "(end of string)") at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 917.\n`,
    )
  }
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
