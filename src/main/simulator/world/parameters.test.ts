import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parameterTable } from './parameters.ts'

const root = join(import.meta.dirname, '../../../..')

function rowOf(name: string, parameter: (typeof parameterTable)[keyof typeof parameterTable]): string {
  const { value, unit, meaning, source } = parameter
  const shown = typeof value === 'number' ? String(value) : `${value[0]} to ${value[1]}`
  return `| \`${name}\` | ${shown} | ${unit} | ${meaning} | ${source} |`
}

const rows = Object.entries(parameterTable).map(([name, parameter]) => rowOf(name, parameter))

describe('the parameters of the model', () => {
  it('are all listed in docs/model.md, with the values, units and sources they have', () => {
    const page = readFileSync(join(root, 'docs/model.md'), 'utf8')
    const table = page.slice(page.indexOf('\n## Parameters'))
    expect(table.split(/\r?\n/).filter((line) => line.startsWith('| `'))).toEqual(rows)
  })

  it('are all used', () => {
    const sources = globSync('**/*.ts', { cwd: import.meta.dirname })
      .filter((path) => !path.endsWith('.test.ts') && !/(^|-)parameters\.ts$/.test(basename(path)))
      .map((path) => readFileSync(join(import.meta.dirname, path), 'utf8'))
      .join('\n')
    const unused = Object.keys(parameterTable).filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))
    expect(unused).toEqual([])
  })

  it('have ranges that are not empty', () => {
    for (const [name, { value }] of Object.entries(parameterTable))
      if (typeof value !== 'number') expect(value[0], name).toBeLessThan(value[1])
  })
})
