import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { exitCodes } from '../../../../shared/problems/codes.ts'
import { formatLogLine, replayScenario } from '../../../host/ha-replay.ts'
import { readJsonFile } from '../../../host/parse-input.ts'
import type { Command } from '../command.ts'

/** A path, or the name of a scenario in the folder KUORUM_HA_SCENARIOS names. */
export const haReplayCommand: Command<{ readonly scenario: string }> = async ({ scenario }, context) => {
  const { output, workingFolder } = context
  const { log } = replayScenario(readJsonFile(scenarioPath(scenario, workingFolder)))
  if (output.json) process.stdout.write(`${log.map((line) => JSON.stringify(line)).join('\n')}\n`)
  else for (const line of log) output.line(formatLogLine(line))
  return exitCodes.ok
}

function scenarioPath(scenario: string, workingFolder: string): string {
  const direct = resolve(workingFolder, scenario)
  if (statSync(direct, { throwIfNoEntry: false })?.isFile()) return direct
  const folder = resolve(workingFolder, process.env.KUORUM_HA_SCENARIOS ?? '../shared/ha-scenarios')
  const inFolder = resolve(folder, scenario.endsWith('.json') ? scenario : `${scenario}.json`)
  return statSync(inFolder, { throwIfNoEntry: false })?.isFile() ? inFolder : direct
}
