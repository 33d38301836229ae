/** The HA scenario replay for the entries. */
export { formatLogLine, replayScenario } from '../simulator/ha-harness/replay.ts'
