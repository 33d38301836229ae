/** The HA scenario replay for the entries. */
export { formatLogLine, type LogLine, replayScenario } from '../simulator/ha-harness/replay.ts'
