/** Every expected failure of the product, with its exit code on the command line. */

/** Exit codes of the command line, stable for scripts. */
export const exitCodes = {
  ok: 0,
  usage: 2,
  checkFailed: 3,
  badInput: 4,
  backendFailed: 5,
  cancelled: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const { usage, badInput, checkFailed, backendFailed: backend, cancelled } = exitCodes

export const exitCodeByProblem = {
  // Command line
  'cli.usage': usage,
  'cli.not-built': usage,
  'cli.cancelled': cancelled,
  // Input from files and people
  'input.file-missing': badInput,
  'input.file-unreadable': badInput,
  'input.not-json': badInput,
  'input.invalid-field': badInput,
  'input.file-exists': badInput,
  'recipe.unknown': badInput,
  'recipe.trial-unknown': badInput,
  'plan.unknown': badInput,
  'plan.guest-unknown': badInput,
  'plan.node-unknown': badInput,
  'plan.nothing-to-hit': badInput,
  'scenario.invalid': badInput,
  'sweep.other-subject': badInput,
  'sweep.seed-twice': badInput,
  // Run files
  'run-file.not-a-run': badInput,
  'run-file.damaged': badInput,
  'run-file.chain-broken': checkFailed,
  'run-file.newer': badInput,
  'run-file.too-large': badInput,
  'run-file.in-use': badInput,
  'run-file.write-failed': backend,
  'run-file.already-complete': badInput,
  'run-file.diverged': backend,
  'store.unavailable': backend,
  // Runs
  'run.unknown': badInput,
  'run.already-running': checkFailed,
  'run.not-running': checkFailed,
  'run.no-steady-state': backend,
  'run.no-window': checkFailed,
  'run.heal-failed': backend,
  'run.fault-not-possible': badInput,
  'run.failed': backend,
  // Labs
  'lab.no-answer': backend,
  // Probes
  'probe.bad-target': badInput,
  'probe.icmp-unavailable': backend,
  'probe.address-unresolved': backend,
  // Host API and its transports
  'host.unknown-call': usage,
  'host.malformed': badInput,
  'host.forbidden': usage,
  'host.disconnected': backend,
  'host.port-unavailable': backend,
  'host.window-not-built': usage,
  'host.internal': backend,
  // Settings
  'settings.newer': badInput,
} as const satisfies Record<string, ExitCode>

export type ProblemCode = keyof typeof exitCodeByProblem

export function exitCodeOf(code: ProblemCode): ExitCode {
  return exitCodeByProblem[code]
}
