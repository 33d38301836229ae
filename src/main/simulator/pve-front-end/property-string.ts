/** `type=insecure,network=10.0.0.0/24` as an object. */
export function parsePropertyString(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const equals = part.indexOf('=')
      return [part.slice(0, Math.max(equals, 0)), part.slice(equals + 1)]
    }),
  )
}
