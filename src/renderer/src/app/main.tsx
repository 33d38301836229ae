/** Starts the window: picks the carrier, starts the texts, draws. */
// In a layer of their own, so that our rules win whatever order the bundler puts them in.
import '@mantine/core/styles.layer.css'
import './window.css'
import { createRoot } from 'react-dom/client'
import { socketPath, styleNonceMetaName } from '../../../shared/host-api/carrier-names.ts'
import { languageOf } from '../../../shared/i18n/translator.ts'
import { bridgeTransportOf } from '../host/bridge-transport.ts'
import { createWebSocketTransport } from '../host/web-socket-transport.ts'
import { startI18n } from './i18n.ts'
import { startWindow } from './start-window.tsx'

const transport =
  bridgeTransportOf(window) ??
  createWebSocketTransport(() => {
    const address = new URL(socketPath, window.location.href)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    // The session is in a cookie; the address itself must be bare.
    address.search = ''
    address.hash = ''
    return new WebSocket(address)
  })

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
const nonce = document.querySelector<HTMLMetaElement>(`meta[name="${styleNonceMetaName}"]`)?.content ?? ''

startI18n(languageOf(navigator.languages))
startWindow(createRoot(root), transport, nonce)
