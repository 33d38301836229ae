/**
 * `npm run dev`: the window with live reload. In Electron where its binary is there; else in the browser, with Vite
 * serving the pages and handing the WebSocket on to a host that runs from sources.
 */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { createServer } from 'vite'
import { openLocalHost } from '../src/main/host/open-local-host.ts'
import { startWebServer } from '../src/main/host/web/web-server.ts'
import { socketPath } from '../src/shared/host-api/carrier-names.ts'
import { projectFolder } from './source-file.ts'

interface ElectronBinary {
  electronBinary(): string | null
}

const { electronBinary } = createRequire(import.meta.url)('./electron-binary.cjs') as ElectronBinary

if (electronBinary() === null) await serveInBrowser()
else {
  const electronVite = join(projectFolder, 'node_modules/electron-vite/bin/electron-vite.js')
  const child = spawn(process.execPath, [electronVite, 'dev'], { cwd: projectFolder, stdio: 'inherit' })
  process.on('SIGINT', () => {})
  child.on('exit', (code) => {
    process.exitCode = code ?? 1
  })
}

async function serveInBrowser(): Promise<void> {
  const rendererFolder = join(projectFolder, 'src/renderer')
  const { host, log } = await openLocalHost('web')
  const server = await startWebServer({ host, log, rendererFolder })
  const visit = await fetch(server.createAddress(), { redirect: 'manual' })
  const session = visit.headers.get('set-cookie')?.split(';')[0] ?? ''
  const vite = await createServer({
    root: rendererFolder,
    plugins: [react()],
    server: {
      host: '127.0.0.1',
      proxy: {
        [socketPath]: {
          target: server.origin,
          ws: true,
          configure: (proxy) =>
            proxy.on('proxyReqWs', (request, { headers }, socket) => {
              // The session is lent to pages of this development server only.
              if (headers.origin !== `http://${headers.host}`) socket.destroy()
              request.setHeader('host', new URL(server.origin).host)
              request.setHeader('origin', server.origin)
              request.setHeader('cookie', session)
            }),
        },
      },
    },
  })
  await vite.listen()
  vite.printUrls()
  process.once('SIGINT', () => {
    void Promise.all([vite.close(), server.close(), host.close()]).then(() => process.exit(0))
  })
}
