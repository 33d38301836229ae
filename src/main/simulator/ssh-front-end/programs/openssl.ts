/** Shows a certificate that lies in a file. */
import { X509Certificate } from 'node:crypto'
import type { Program } from '../program.ts'

/** `OU=PVE Cluster Node` on lines of their own becomes `OU = PVE Cluster Node, …`. */
const named = (lines: string) => lines.split('\n').join(', ').replaceAll('=', ' = ')

/** `openssl x509 -in FILE -noout -subject -issuer -dates -fingerprint -sha256 -ext subjectAltName`. */
export const openssl: Program = async ({ argv, files, node, stdin, stdout, stderr }) => {
  const [area, ...options] = argv
  if (area !== 'x509') {
    stderr('the embedded lab only shows certificates\n')
    return 1
  }
  const has = (option: string) => options.includes(option)
  const path = has('-in') ? options[options.indexOf('-in') + 1] : undefined
  const text = path === undefined ? await stdin() : await files.read(node, path)
  if (text === undefined) {
    stderr(`Could not open file or uri for loading certificate from ${path}: No such file or directory\n`)
    return 1
  }
  if (!text.includes('BEGIN CERTIFICATE')) {
    stderr(`Could not read certificate from ${path ?? '<stdin>'}\nUnable to load certificate\n`)
    return 1
  }
  const certificate = new X509Certificate(text)
  const isSha256 = has('-sha256')
  const shown: readonly (readonly [string, string])[] = [
    ['-subject', `subject=${named(certificate.subject)}`],
    ['-issuer', `issuer=${named(certificate.issuer)}`],
    ['-startdate', `notBefore=${certificate.validFrom}`],
    ['-enddate', `notAfter=${certificate.validTo}`],
    ['-dates', `notBefore=${certificate.validFrom}\nnotAfter=${certificate.validTo}`],
    ['-serial', `serial=${certificate.serialNumber}`],
    [
      '-fingerprint',
      `${isSha256 ? 'sha256' : 'SHA1'} Fingerprint=${isSha256 ? certificate.fingerprint256 : certificate.fingerprint}`,
    ],
    ['-ext', `X509v3 Subject Alternative Name: \n    ${certificate.subjectAltName ?? ''}`],
  ]
  for (const [option, line] of shown) if (has(option)) stdout(`${line}\n`)
  if (!has('-noout')) stdout(text)
  return 0
}
