import { randomUUID, X509Certificate } from 'node:crypto'
import { generate } from 'selfsigned'

export interface ServerCertificate {
  readonly key: string
  readonly pem: string
  readonly fingerprint: string
}

/** Who signs the certificates of a lab's nodes. */
export interface CertificateAuthority {
  readonly key: string
  readonly pem: string
  /** Begin of its own life and that of what it signs. */
  readonly from: Date
}

/** Years that the certificates of an installation hold (recorded). */
const authorityYears = 10
const nodeYears = 2

/** A new one, as an installation makes it for itself; nobody outside the lab knows it. */
export async function createAuthority(from: Date): Promise<CertificateAuthority> {
  const { private: key, cert: pem } = await generate(
    [
      { name: 'commonName', value: 'Proxmox Virtual Environment' },
      { shortName: 'OU', value: randomUUID() },
      { name: 'organizationName', value: 'PVE Cluster Manager CA' },
    ],
    {
      keySize: 2048,
      algorithm: 'sha256',
      ...lifeOf(from, authorityYears),
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true },
      ],
    },
  )
  return { key, pem, from }
}

/** A certificate for one node, which only who knows the authority or compares the fingerprint can trust. */
export async function createCertificate(
  authority: CertificateAuthority,
  node: string,
  address: string,
): Promise<ServerCertificate> {
  const { private: key, cert: pem } = await generate(
    [
      { shortName: 'OU', value: 'PVE Cluster Node' },
      { name: 'organizationName', value: 'Proxmox Virtual Environment' },
      { name: 'commonName', value: `${node}.lab.test` },
    ],
    {
      keySize: 2048,
      algorithm: 'sha256',
      ca: { key: authority.key, cert: authority.pem },
      ...lifeOf(authority.from, nodeYears),
      extensions: [
        { name: 'basicConstraints', cA: false },
        { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 7, ip: '127.0.0.1' },
            { type: 7, ip: '::1' },
            { type: 2, value: 'localhost' },
            { type: 7, ip: address },
            { type: 2, value: node },
            { type: 2, value: `${node}.lab.test` },
          ],
        },
      ],
    },
  )
  return { key, pem, fingerprint: new X509Certificate(pem).fingerprint256 }
}

function lifeOf(from: Date, years: number) {
  const notAfterDate = new Date(from.getTime())
  notAfterDate.setUTCFullYear(from.getUTCFullYear() + years)
  return { notBeforeDate: from, notAfterDate }
}
