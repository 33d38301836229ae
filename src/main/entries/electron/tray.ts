import { join } from 'node:path'
import { Menu, nativeImage, Tray } from 'electron'
import type { Translator } from '../../../shared/i18n/translator.ts'
import { recipeFolder } from '../../host/resource-folders.ts'

/** An icon beside the clock: brings the window back, or quits. */
export function showTray(say: Translator, show: () => void, quit: () => void): void {
  const tray = new Tray(
    nativeImage.createFromPath(join(recipeFolder(), '..', 'icon.png')).resize({ width: 16, height: 16 }),
  )
  tray.setToolTip(say('app:name'))
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: say('app:tray.open'), click: show },
      { label: say('app:tray.quit'), click: quit },
    ]),
  )
  tray.on('click', show)
}
