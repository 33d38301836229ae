/** Where Electron starts. */
import { startElectronEntry } from './entries/electron/start.ts'

startElectronEntry()
