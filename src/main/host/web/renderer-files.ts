/** The built window as files under addresses, for the web server and for Electron's `app://` protocol. */
import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { contentSecurityPolicy, createStyleNonce, securityHeaders, withStyleNonce } from './page-policy.ts'

export interface FileAnswer {
  readonly status: 200 | 404
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/** Everything a build of the window can contain; other files are not served. */
const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

const notFound: FileAnswer = {
  status: 404,
  headers: { ...securityHeaders, 'content-type': 'text/plain; charset=utf-8' },
  body: 'Not found\n',
}

/** Answers for a path as it stands in the request, still percent-encoded. `/` is the page. */
export async function answerRendererFile(
  folder: string,
  encodedPath: string,
  socketOrigin?: string,
): Promise<FileAnswer> {
  const file = fileInside(folder, encodedPath === '/' ? '/index.html' : encodedPath)
  const mediaType = file === undefined ? undefined : mediaTypes[extname(file)]
  if (file === undefined || mediaType === undefined) return notFound
  try {
    const content = await readFile(file)
    const headers = { ...securityHeaders, 'content-type': mediaType }
    if (extname(file) !== '.html') return { status: 200, headers, body: content }
    const nonce = createStyleNonce()
    return {
      status: 200,
      headers: { ...headers, 'content-security-policy': contentSecurityPolicy(nonce, socketOrigin) },
      body: withStyleNonce(content.toString('utf8'), nonce),
    }
  } catch {
    return notFound
  }
}

/**
 * The file an address names; undefined when it would lie outside the folder, however it is spelled. Names with
 * a colon, a backslash or a NUL mean something else on Windows and are in no build.
 */
function fileInside(folder: string, encodedPath: string): string | undefined {
  let path: string
  try {
    path = decodeURIComponent(encodedPath)
  } catch {
    return undefined
  }
  if (!path.startsWith('/') || /[\\:\0]/.test(path)) return undefined
  const root = resolve(folder)
  const file = resolve(join(root, path))
  return file.startsWith(root + sep) ? file : undefined
}
