/** The host for the entries without Electron: settings, secrets and log are files of the data folder. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AppInfo } from '../../shared/host-api/table.ts'
import { createLogger } from '../base/logger.ts'
import { SystemClock } from '../base/system-clock.ts'
import type { Logger } from '../contracts/logger.ts'
import { secretFile } from '../store/secret-file.ts'
import { settingsFile } from '../store/settings-file.ts'
import { createHost } from './create-host.ts'
import { dataFolderOf } from './data-folder.ts'
import type { Host } from './handlers.ts'
import { openStore } from './open-store.ts'
import { recipeFolder } from './resource-folders.ts'

export interface LocalHost {
  readonly host: Host
  readonly log: Logger
  readonly dataFolder: string
}

export async function openLocalHost(
  entry: AppInfo['entry'],
  dataFolder: string = dataFolderOf(process.env),
): Promise<LocalHost> {
  mkdirSync(dataFolder, { recursive: true })
  const clock = new SystemClock()
  const wallTime = () => clock.wallTime()
  const logPath = join(dataFolder, 'kuorum.log')
  const log = createLogger({ write: (line) => appendFileSync(logPath, line) }, wallTime)
  const host = createHost({
    entry,
    dataFolder,
    recipeFolder: recipeFolder(),
    store: await openStore(),
    settings: settingsFile(join(dataFolder, 'settings.json'), wallTime),
    secrets: secretFile(join(dataFolder, 'secrets.json')),
    clock,
    log,
  })
  return { host, log, dataFolder }
}
