/** What the browser may do with our pages; the same policy over HTTP and in Electron's `app://` protocol. */
import { randomBytes } from 'node:crypto'
import { styleNonceMetaName } from '../../../shared/host-api/carrier-names.ts'

/** 128 bits, as the CSP specification asks for; fresh for each page load. */
export function createStyleNonce(): string {
  return randomBytes(16).toString('base64')
}

/**
 * Only our own files, no script in the page itself, no frames. Style elements made at run time must carry the
 * nonce. `socketOrigin` is named although `'self'` covers it, because older engines do not count ws: as self.
 */
export function contentSecurityPolicy(styleNonce: string, socketOrigin?: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${styleNonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${socketOrigin === undefined ? '' : ` ${socketOrigin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=()',
  'cache-control': 'no-store',
}

/** Writes the nonce where the window looks for it; a page without a head is left alone. */
export function withStyleNonce(html: string, styleNonce: string): string {
  const tag = `<meta name="${styleNonceMetaName}" content="${styleNonce}" />`
  const place = new RegExp(`<meta\\s+name="${styleNonceMetaName}"[^>]*>`)
  return place.test(html) ? html.replace(place, tag) : html.replace('</head>', `${tag}</head>`)
}
