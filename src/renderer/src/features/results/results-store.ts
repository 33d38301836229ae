/** What the host says a run found. Each part is asked for by itself, so that one that fails does not hide the others. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import type { RunResults } from '../../../../shared/domain/results.ts'
import type { CallInput, ExportedFile, RunOverview } from '../../../../shared/host-api/table.ts'
import type { Problem } from '../../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from '../../host/window-host.ts'

/** One bucket a minute over twelve hours; also about one per pixel of a chart. */
const bucketCount = 720

export type ExportKind = CallInput<'runs.export'>['what']

/** Asked for, answered, or refused. */
export interface Part<T> {
  readonly value?: T
  readonly problem?: Problem
}

/** A stretch of time on the run's own axis. */
export interface RunStretch {
  readonly fromMs: number
  readonly toMs: number
}

export interface ResultsState {
  readonly results: Part<RunResults>
  readonly overview: Part<RunOverview>
  readonly journal: Part<readonly JournalEntry[]>
  /** Finer data for the stretch that is looked at; absent for the whole window. */
  readonly closeUp: Part<RunOverview>
  readonly isZooming: boolean
  /** What is being exported, and why the last export failed. */
  readonly exporting?: ExportKind
  readonly exportProblem?: Problem
  load(): Promise<void>
  zoom(stretch: RunStretch | null): Promise<void>
  /** Undefined when the host refused. */
  exportFile(what: ExportKind): Promise<ExportedFile | undefined>
}

export function createResultsStore(host: WindowHost, run: string): StoreApi<ResultsState> {
  return createStore<ResultsState>((set, get) => {
    let newestZoom = 0

    const ask = async <T>(name: 'results' | 'overview' | 'journal', call: Promise<T>): Promise<void> => {
      try {
        set({ [name]: { value: await call } })
      } catch (error) {
        // What was read before stays on screen beside the reason why it could not be read again.
        set((state) => ({ [name]: { ...state[name], problem: problemOf(error) } }))
      }
    }
    const without = (key: 'exporting' | 'exportProblem'): ResultsState => {
      const { [key]: _dropped, ...rest } = get()
      return rest
    }

    return {
      results: {},
      overview: {},
      journal: {},
      closeUp: {},
      isZooming: false,
      async load() {
        await Promise.all([
          ask('results', host.call('runs.results', { run })),
          ask('overview', host.call('runs.overview', { run, buckets: bucketCount })),
          ask('journal', host.call('runs.journal', { run })),
        ])
      },
      async zoom(stretch) {
        const zoom = ++newestZoom
        if (stretch === null) {
          set({ closeUp: {}, isZooming: false })
          return
        }
        set({ isZooming: true })
        let closeUp: Part<RunOverview>
        try {
          closeUp = { value: await host.call('runs.overview', { run, buckets: bucketCount, ...stretch }) }
        } catch (error) {
          closeUp = { problem: problemOf(error) }
        }
        // Answers may overtake each other; only the newest wish counts.
        if (zoom === newestZoom) set({ closeUp, isZooming: false })
      },
      async exportFile(what) {
        set({ ...without('exportProblem'), exporting: what }, true)
        try {
          const file = await host.call('runs.export', { run, what })
          set(without('exporting'), true)
          return file
        } catch (error) {
          set({ ...without('exporting'), exportProblem: problemOf(error) }, true)
          return undefined
        }
      },
    }
  })
}
