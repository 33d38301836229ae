/** Applies the chosen theme and language to the whole window, at once and whenever they change. */
import { type MantineColorSchemeManager, MantineProvider } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { languageOf } from '../../../shared/i18n/translator.ts'
import { useSettings } from '../host/host-context.tsx'
import { switchLanguage } from './i18n.ts'
import { cssVariables, theme } from './theme.ts'

/** The host keeps the choice; the browser's own storage stays empty. */
const keepsNothing: MantineColorSchemeManager = {
  get: (defaultValue) => defaultValue,
  set: () => {},
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => {},
}

export function ThemedWindow({ styleNonce, children }: { styleNonce: string; children: ReactNode }) {
  const chosenTheme = useSettings((state) => state.settings?.theme ?? 'system')
  const chosenLanguage = useSettings((state) => state.settings?.language ?? 'system')
  const { t, i18n } = useTranslation('app')

  useEffect(() => {
    switchLanguage(chosenLanguage === 'system' ? languageOf(navigator.languages) : chosenLanguage)
  }, [chosenLanguage])
  useEffect(() => {
    document.documentElement.lang = i18n.language
    document.title = `${t('name')} - ${t('tagline')}`
  }, [i18n.language, t])

  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={keepsNothing}
      defaultColorScheme="auto"
      {...(chosenTheme === 'system' ? {} : { forceColorScheme: chosenTheme })}
      getStyleNonce={() => styleNonce}
    >
      {children}
    </MantineProvider>
  )
}
