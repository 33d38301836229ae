import { join } from 'node:path'
import type { SecretStore } from '../contracts/settings-store.ts'
import { secretFile } from '../store/secret-file.ts'

/** Where no system key store can be used: a file of the data folder that only its owner can read. */
export function ownerOnlySecrets(dataFolder: string): SecretStore {
  return secretFile(join(dataFolder, 'secrets.json'))
}
