import { useState } from 'react'
import { useStore } from 'zustand'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useHost, useSettings } from '../../host/host-context.tsx'
import { createHomeStore, type HomeState } from './home-store.ts'

interface Resume extends Pick<HomeState, 'resuming' | 'problem'> {
  /** Takes the run up again at the speed the user prefers, and opens it. */
  readonly resume: (run: string) => void
}

export function useResume(): Resume {
  const host = useHost()
  const [store] = useState(() => createHomeStore(host))
  const { resuming, problem, resume } = useStore(store)
  const speed = useSettings((state) => state.settings?.defaultSpeed ?? 'max')
  return {
    resuming,
    problem,
    resume: (run) => {
      void resume(run, speed).then((isTaken) => {
        if (isTaken) window.location.hash = hrefOf({ screen: 'live', run })
      })
    },
  }
}
