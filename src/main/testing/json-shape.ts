/** Types of JSON by the paths at which they stand. */
export type JsonShape = Map<string, Set<string>>

/** Keys that are names or numbers of something in Ceph's answers, not of fields. */
const openKeys = [
  /\.checks\.[A-Z_]+/g,
  /\.progress_events\.[0-9a-f-]+/g,
  /\.(mon|mgr|osd|mds|overall)\.ceph version[^.]*\.[^.]*\.[^.]*$/g,
  /\.application_metadata\.\w+/g,
  /\.time_skew_status\.\w+/g,
  /(?<=^\.(mon|mgr|osd))\.(node|pve)\d+/g,
]

export function shapeOf(value: unknown, shape: JsonShape = new Map(), path = ''): JsonShape {
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const name = openKeys.reduce((text, key) => text.replace(key, '.*'), path)
  shape.set(name, (shape.get(name) ?? new Set()).add(type))
  if (Array.isArray(value)) for (const item of value) shapeOf(item, shape, `${path}[]`)
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) shapeOf(item, shape, `${path}.${key}`)
  return shape
}
