/** Replays an HA scenario: the file's content in, the complete log out. */
import { runScenario } from './harness.ts'
import type { LogLine } from './log-line.ts'
import { parseScenario } from './scenario.ts'

export { formatLogLine, type LogLine } from './log-line.ts'

/** Throws the Problem `scenario.invalid` with the field's name when the input is no scenario. */
export function replayScenario(scenario: unknown): { readonly log: readonly LogLine[] } {
  return { log: runScenario(parseScenario(scenario)).log }
}
