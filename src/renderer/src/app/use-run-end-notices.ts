import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { hrefOf } from '../../../shared/window-route/window-route.ts'
import { useRuns } from '../host/host-context.tsx'
import { isActive } from '../host/runs-store.ts'
import { notify } from '../ui/notifications.tsx'
import { useRoute } from './use-route.ts'

/** Tells of a run that ended while another screen is open. */
export function useRunEndNotices(): void {
  const { t } = useTranslation('app')
  const runs = useRuns((state) => state.runs)
  const route = useRoute()
  const activeBefore = useRef<ReadonlySet<string>>(new Set())

  useEffect(() => {
    if (!runs) return
    for (const { run, status } of runs) {
      const isWatched = 'run' in route && route.run === run
      if (status !== 'ended' || isWatched || !activeBefore.current.has(run)) continue
      notify({
        title: t('notifications.runEnded'),
        text: t('notifications.runEndedText', { run }),
        link: { href: hrefOf({ screen: 'results', run }), label: t('notifications.openResults') },
      })
    }
    activeBefore.current = new Set(runs.filter(isActive).map(({ run }) => run))
  }, [runs, route, t])
}
