import { X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'

export interface ServerCertificate {
  readonly key: string
  readonly pem: string
  readonly fingerprint: string
}

/** A certificate for one node that nobody but a person who compares the fingerprint can trust. */
export async function createCertificate(node: string): Promise<ServerCertificate> {
  const { private: key, cert: pem } = await generate(
    [
      { shortName: 'OU', value: 'PVE Cluster Node' },
      { name: 'organizationName', value: 'Proxmox Virtual Environment' },
      { name: 'commonName', value: `${node}.lab.test` },
    ],
    {
      keySize: 2048,
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 7, ip: '127.0.0.1' },
            { type: 2, value: 'localhost' },
            { type: 2, value: node },
            { type: 2, value: `${node}.lab.test` },
          ],
        },
      ],
    },
  )
  return { key, pem, fingerprint: new X509Certificate(pem).fingerprint256 }
}
