/** Puts stores, theme and layout together over a carrier. Tests start it on a carrier of their own. */
import { StrictMode } from 'react'
import type { Root } from 'react-dom/client'
import type { WatchedTransport } from '../host/connection.ts'
import { HostProvider } from '../host/host-context.tsx'
import { createRecipesStore } from '../host/recipes-store.ts'
import { createRunsStore } from '../host/runs-store.ts'
import { createSettingsStore } from '../host/settings-store.ts'
import { createWindowHost } from '../host/window-host.ts'
import { Layout } from './layout.tsx'
import { ThemedWindow } from './themed-window.tsx'

export function startWindow(root: Root, transport: WatchedTransport, styleNonce: string): void {
  // Mantine's scroll lock makes a style element of its own and looks for the nonce under this name.
  if (styleNonce !== '') Object.assign(globalThis, { __webpack_nonce__: styleNonce })

  const host = createWindowHost(transport)
  const settings = createSettingsStore(host)
  const recipes = createRecipesStore(host)
  const runs = createRunsStore(host)
  void settings.getState().load()
  host.connection.subscribe(({ state }, before) => {
    if (state !== 'open' || before.state !== 'lost') return
    void settings.getState().load()
    void recipes.getState().load()
  })

  root.render(
    <StrictMode>
      <HostProvider value={{ host, settings, recipes, runs }}>
        <ThemedWindow styleNonce={styleNonce}>
          <Layout />
        </ThemedWindow>
      </HostProvider>
    </StrictMode>,
  )
}
