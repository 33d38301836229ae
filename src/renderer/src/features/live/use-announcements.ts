/** Says what matters to a screen reader: the newest piece of news, at most once in ten seconds. */
import { useEffect, useMemo, useRef } from 'react'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { announce } from '../../ui/announce.tsx'
import { useLanguage } from '../../ui/use-language.ts'
import { createCalmAnnouncer } from './calm-announcer.ts'
import { eventLineOf } from './event-lines.ts'
import { lineNamesOf } from './line-names.ts'
import type { LiveRun } from './live-run.ts'

export function useAnnouncements({ entries, state }: LiveRun): void {
  const language = useLanguage()
  const translate = useMemo(() => createTranslator(language), [language])
  const announcer = useMemo(() => createCalmAnnouncer(announce), [])
  const saidUpTo = useRef(0)
  useEffect(() => () => announcer.stop(), [announcer])

  useEffect(() => {
    const names = lineNamesOf(state.spec)
    const news = entries
      .filter(({ seq }) => seq > saidUpTo.current)
      .map((entry) => eventLineOf(entry, translate, names))
      .findLast(({ isNews }) => isNews)
    saidUpTo.current = entries.at(-1)?.seq ?? 0
    if (news !== undefined) announcer.say(news.text)
  }, [entries, state.spec, translate, announcer])
}
