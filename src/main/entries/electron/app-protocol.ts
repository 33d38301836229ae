/** `app://kuorum/`: the window's own files, with a policy and a style nonce written for each load. */
import type { Protocol } from 'electron'
import { answerRendererFile } from '../../host/web/renderer-files.ts'

const scheme = 'app'
export const appOrigin = `${scheme}://kuorum`

/** Before the app is ready. `standard` gives the pages an origin; nothing may bypass the policy. */
export function declareAppProtocol(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

export function serveAppProtocol(protocol: Protocol, rendererFolder: string): void {
  protocol.handle(scheme, async (request) => {
    // `URL` resolves `..`; what is left is checked again where the file is looked up.
    const { host, pathname } = new URL(request.url)
    if (host !== 'kuorum' || request.method !== 'GET') return new Response('Not found\n', { status: 404 })
    const answer = await answerRendererFile(rendererFolder, pathname)
    // A copy of its own: the type of a file's bytes does not promise an unshared buffer.
    const body = typeof answer.body === 'string' ? answer.body : new Uint8Array(answer.body)
    return new Response(body, { status: answer.status, headers: { ...answer.headers } })
  })
}
