/** Where the product keeps its own files on each system. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `KUORUM_DATA` where set; else the place the system's conventions name. */
export function dataFolderOf(
  environment: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const chosen = environment.KUORUM_DATA
  if (chosen) return chosen
  switch (platform) {
    case 'win32':
      return join(environment.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Kuorum')
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Kuorum')
    default:
      return join(environment.XDG_DATA_HOME ?? join(home, '.local', 'share'), 'kuorum')
  }
}
