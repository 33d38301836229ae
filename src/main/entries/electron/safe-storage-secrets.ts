/** Secrets encrypted by the system's key store (DPAPI, Keychain, libsecret), kept as one file of our own. */
import { existsSync, readFileSync } from 'node:fs'
import type { SafeStorage } from 'electron'
import { writeFileAtomically } from '../../base/atomic-file.ts'
import type { SecretStore } from '../../contracts/settings-store.ts'

/** On Linux without a keyring Electron only pretends to encrypt, with a password everybody knows. */
export function hasKeyStore(safeStorage: SafeStorage): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}

export function safeStorageSecrets(path: string, safeStorage: SafeStorage): SecretStore {
  const readAll = (): Record<string, string> =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {}
  const writeAll = (all: Record<string, string>) =>
    writeFileAtomically(path, JSON.stringify(all), { mode: 0o600 })
  return {
    kind: 'system',
    async read(name) {
      const encrypted = readAll()[name]
      return encrypted === undefined ? undefined : safeStorage.decryptString(Buffer.from(encrypted, 'base64'))
    },
    write: (name, value) =>
      writeAll({ ...readAll(), [name]: safeStorage.encryptString(value).toString('base64') }),
    remove(name) {
      const { [name]: _removed, ...rest } = readAll()
      return writeAll(rest)
    },
  }
}
