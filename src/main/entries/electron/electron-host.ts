/** The host with what only Electron can do for it: key store, notifications, a laptop that stays awake. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Notification, powerSaveBlocker, safeStorage } from 'electron'
import { createLogger } from '../../base/logger.ts'
import { SystemClock } from '../../base/system-clock.ts'
import type { Logger } from '../../contracts/logger.ts'
import { createHost } from '../../host/create-host.ts'
import type { Host, ShellAbilities } from '../../host/handlers.ts'
import { openStore } from '../../host/open-store.ts'
import { ownerOnlySecrets } from '../../host/owner-only-secrets.ts'
import { recipeFolder } from '../../host/resource-folders.ts'
import { hasKeyStore, safeStorageSecrets } from './safe-storage-secrets.ts'
import { electronSettings } from './settings.ts'

export async function openElectronHost(dataFolder: string): Promise<{ host: Host; log: Logger }> {
  mkdirSync(dataFolder, { recursive: true })
  const clock = new SystemClock()
  const wallTime = () => clock.wallTime()
  const logPath = join(dataFolder, 'kuorum.log')
  const log = createLogger({ write: (line) => appendFileSync(logPath, line) }, wallTime)
  const host = createHost({
    entry: 'electron',
    dataFolder,
    recipeFolder: recipeFolder(),
    store: await openStore(),
    settings: electronSettings(dataFolder, wallTime),
    secrets: hasKeyStore(safeStorage)
      ? safeStorageSecrets(join(dataFolder, 'sealed-secrets.json'), safeStorage)
      : ownerOnlySecrets(dataFolder),
    clock,
    log,
    shell: shellAbilities,
  })
  return { host, log }
}

const shellAbilities: ShellAbilities = {
  keepAwake() {
    const id = powerSaveBlocker.start('prevent-app-suspension')
    return () => powerSaveBlocker.stop(id)
  },
  notify(title, body) {
    if (Notification.isSupported()) new Notification({ title, body }).show()
  },
}
