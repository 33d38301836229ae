import ssh2 from 'ssh2'
import { expect, it } from 'vitest'
import { createKeyPair } from './key-pair.ts'

it('every pair of keys can be read, and belongs together', () => {
  for (let index = 0; index < 600; index++) {
    const pair = createKeyPair('root@pve1')
    const key = ssh2.utils.parseKey(pair.private)
    expect(key).not.toBeInstanceOf(Error)
    const wire = (key as ssh2.ParsedKey).getPublicSSH().toString('base64')
    expect(pair.public).toBe(`ssh-ed25519 ${wire} root@pve1`)
  }
})
