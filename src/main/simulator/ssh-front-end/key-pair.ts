import ssh2 from 'ssh2'

/** An Ed25519 pair in OpenSSH's form. */
export function createKeyPair(comment: string): { readonly private: string; readonly public: string } {
  // About one pair in 256 comes out in a form that the library itself cannot read.
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}
