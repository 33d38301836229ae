import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatLogLine, type LogLine, replayScenario } from './replay.ts'

const folder = resolve(process.env.KUORUM_HA_SCENARIOS ?? '../shared/ha-scenarios')
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []

describe('HA scenarios of the acceptance folder', () => {
  if (files.length === 0) {
    it.skip(`not run: no scenarios in ${folder} (set KUORUM_HA_SCENARIOS to their folder)`, () => {})
    return
  }
  it.each(files)('%s gives the expected log, line by line', (file) => {
    const scenario = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { expectedLog: LogLine[] }
    const { log } = replayScenario(scenario)
    expect(log.map(formatLogLine)).toEqual(scenario.expectedLog.map(formatLogLine))
  })
})
