/** JSON as Perl prints it for people: three blanks a level, names in order, a blank before the colon. */
export function prettyJson(value: unknown): string {
  return `${render(value, '')}\n`
}

function render(value: unknown, indent: string): string {
  const inner = `${indent}   `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((item) => inner + render(item, inner)).join(',\n')}\n${indent}]`
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([first], [second]) => (first < second ? -1 : 1))
    if (members.length === 0) return '{}'
    const lines = members.map(
      ([name, member]) => `${inner}${JSON.stringify(name)} : ${render(member, inner)}`,
    )
    return `{\n${lines.join(',\n')}\n${indent}}`
  }
  return JSON.stringify(value ?? null)
}
