/** The list of runs as the host knows it. Asked for again and again while somebody looks, faster while one runs. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { RunSummary } from '../../../shared/host-api/table.ts'
import type { Problem } from '../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from './window-host.ts'

export interface RunsState {
  /** Newest first; absent until the host has answered. */
  readonly runs?: readonly RunSummary[]
  readonly problem?: Problem
  refresh(): Promise<void>
  /** Keeps the list fresh until the returned function is called. */
  watch(): () => void
}

const whileRunningMs = 1000
const whileQuietMs = 5000

export function isActive(run: RunSummary): boolean {
  return run.status === 'running' || run.status === 'paused'
}

export function createRunsStore(host: WindowHost): StoreApi<RunsState> {
  return createStore<RunsState>((set, get) => ({
    async refresh() {
      try {
        const runs = await host.call('runs.list', null)
        set(
          ({ refresh, watch }) => ({
            refresh,
            watch,
            runs: runs.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)),
          }),
          true,
        )
      } catch (error) {
        set({ problem: problemOf(error) })
      }
    },
    watch() {
      let timer: ReturnType<typeof setTimeout> | undefined
      let isStopped = false
      const round = async (): Promise<void> => {
        await get().refresh()
        if (isStopped) return
        timer = setTimeout(round, get().runs?.some(isActive) ? whileRunningMs : whileQuietMs)
      }
      void round()
      const stopListening = host.connection.subscribe(({ state }) => {
        if (state === 'open') void get().refresh()
      })
      return () => {
        isStopped = true
        clearTimeout(timer)
        stopListening()
      }
    },
  }))
}
