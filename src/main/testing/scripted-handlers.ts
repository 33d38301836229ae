/** Handlers for tests of what lies between a client and the host: each does one thing a carrier must carry. */
import { defaultSettings } from '../../shared/domain/settings.ts'
import type { RunFrame } from '../../shared/host-api/table.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { Handlers } from '../host/handlers.ts'

export interface ScriptedHandlers {
  readonly handlers: Handlers
  /** Runs whose stream was cancelled by its follower. */
  readonly cancelled: string[]
  /** Inputs of `settings.change` as the handler got them. */
  readonly changes: unknown[]
}

export function frameAt(nowMs: number): RunFrame {
  return { entries: [], series: [], buckets: [], nowMs, speed: '1', live: true }
}

/**
 * `runs.follow` by run: `three` emits three frames and ends, `endless` emits one and waits for its cancelling,
 * `failing` emits one and breaks with a Problem, `crashing` with an unexpected error, `garbled` emits no JSON.
 * `runs.results` by run: `crashing` throws an unexpected error, `garbled` returns no JSON, others are unknown.
 * `runs.export` of `large` is as long as the samples of a day.
 */
export function createScriptedHandlers(): ScriptedHandlers {
  const cancelled: string[] = []
  const changes: unknown[] = []
  const noJson = () => new Date(0) as never
  const crash = () => {
    throw new Error('password is hunter2, at /home/secret/place.ts')
  }
  const unknown = (run: string) => throwProblem('run.unknown', { run })
  const handlers: Handlers = {
    'app.info': () => ({
      version: '1.2.3',
      entry: 'cli',
      platform: 'linux',
      runtime: 'Node',
      runFolder: 'Data baru/é',
      secrets: 'owner-only-file',
    }),
    'settings.get': () => defaultSettings,
    'settings.change': (change) => {
      changes.push(change)
      return { ...defaultSettings, ...(change as object) }
    },
    'recipes.list': () => [],
    'recipes.feasibility': () => [],
    'plans.check': () => throwProblem('input.invalid-field', { source: 'plan', field: 'phases' }, 'too few'),
    'runs.start': () => ({ run: 'r1' }),
    'runs.resume': () => null,
    'runs.list': () => [],
    'runs.control': () => null,
    'runs.set-speed': () => null,
    'runs.results': ({ run }) => (run === 'crashing' ? crash() : run === 'garbled' ? noJson() : unknown(run)),
    'runs.overview': ({ run }) => unknown(run),
    'runs.journal': ({ run }) => unknown(run),
    'runs.export': ({ run }) =>
      run === 'large'
        ? { fileName: 'l.csv', mediaType: 'text/csv', text: 'x'.repeat(48 * 1024 * 1024) }
        : unknown(run),
    'runs.follow': async ({ run, afterSeq }, emit, signal) => {
      if (run === 'garbled') emit(noJson())
      else emit(frameAt(afterSeq))
      if (run === 'failing') throwProblem('run.failed', { run })
      if (run === 'crashing') crash()
      if (run === 'three') {
        emit(frameAt(afterSeq + 1))
        emit(frameAt(afterSeq + 2))
        return
      }
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      cancelled.push(run)
      emit(frameAt(999))
    },
  }
  return { handlers, cancelled, changes }
}
