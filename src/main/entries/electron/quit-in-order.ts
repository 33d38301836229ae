import type { App } from 'electron'
import type { Logger } from '../../contracts/logger.ts'
import type { Host } from '../../host/handlers.ts'

/** Quitting waits for the host, which stops a run where it is: its file can be resumed. */
export function quitInOrder(app: App, host: Host, log: Logger): void {
  let state: 'open' | 'closing' | 'closed' = 'open'
  const close = async () => {
    try {
      await host.close()
    } catch (error) {
      log.error('quit.close-failed', { message: String(error) })
    }
    state = 'closed'
    app.quit()
  }
  app.on('window-all-closed', () => app.quit())
  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    void close()
  })
}
