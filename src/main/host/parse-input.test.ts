import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readJsonFile } from './parse-input.ts'

describe('a JSON file a person named', () => {
  it('may have been written on Windows, with a mark of its encoding and other line ends', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'kuorum-input-')), 'plan.json')
    writeFileSync(path, '\uFEFF{\r\n\t"a": 1\r\n}\r\n')
    expect(readJsonFile(path)).toEqual({ a: 1 })
  })
})
