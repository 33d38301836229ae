/** Names both ends of a carrier must agree on. Apart from the schemas, so that the window does not bundle those. */

/** Where the web entry's WebSocket listens, relative to the page's origin. */
export const socketPath = '/host'

/** The meta tag that carries the style nonce of this page load, for style elements made at run time. */
export const styleNonceMetaName = 'style-nonce'

/** Property of `window` under which Electron's preload offers the host; absent in a browser. */
export const bridgeName = 'kuorumHost'

/** Channels between Electron's preload and the main process. */
export const ipcChannels = {
  call: 'host:call',
  subscribe: 'host:subscribe',
  cancel: 'host:cancel',
  /** From main: items and ends of streams, as in the wire's `ServerFrame`. */
  stream: 'host:stream',
} as const
