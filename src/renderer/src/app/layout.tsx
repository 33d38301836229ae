/** Navigation at the left, the current screen beside it, and what is the same on every screen. */
import { AppShell, Burger, Group, Text } from '@mantine/core'
import { useDisclosure, useFocusTrap, useMediaQuery } from '@mantine/hooks'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { hrefOf } from '../../../shared/window-route/window-route.ts'
import { useRuns, useSettings } from '../host/host-context.tsx'
import { announce, LiveRegion } from '../ui/announce.tsx'
import { Notifications } from '../ui/notifications.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import classes from './layout.module.css'
import { Navigation } from './navigation.tsx'
import { CurrentScreen } from './routes.tsx'
import { ShortcutsDialog, useShortcuts } from './shortcuts.tsx'
import { useRoute } from './use-route.ts'
import { useRunEndNotices } from './use-run-end-notices.ts'

export function Layout() {
  const { t, i18n } = useTranslation('app')
  const route = useRoute()
  const place = hrefOf(route)
  const [isMenuOpen, menu] = useDisclosure(false)
  const [isCollapsed, collapse] = useDisclosure(false)
  const [areShortcutsShown, shortcuts] = useDisclosure(false)
  const main = useRef<HTMLElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  // While it covers a narrow window, the keyboard stays inside; its first stop is the button that closes it.
  const isNarrow = useMediaQuery('(max-width: 47.99em)')
  const navbar = useFocusTrap(isMenuOpen && isNarrow)
  const closeMenu = (): void => {
    menu.close()
    requestAnimationFrame(() => opener.current?.focus())
  }

  const changeSettings = useSettings((state) => state.change)
  const switchLanguage = (): void => {
    void changeSettings({ language: i18n.language === 'id' ? 'en' : 'id' })
  }
  useShortcuts({ onSwitchLanguage: switchLanguage, onShowShortcuts: shortcuts.open })
  useLanguageAnnouncement()
  const watchRuns = useRuns((state) => state.watch)
  useEffect(() => watchRuns(), [watchRuns])
  useRunEndNotices()

  return (
    <>
      <section aria-label={t('skipToContent')}>
        <a
          className={classes.skip}
          href={place}
          onClick={(event) => {
            event.preventDefault()
            main.current?.focus()
          }}
        >
          {t('skipToContent')}
        </a>
      </section>
      <AppShell
        layout="alt"
        header={{ height: { base: 48, sm: 0 } }}
        navbar={{ width: isCollapsed ? 60 : 232, breakpoint: 'sm', collapsed: { mobile: !isMenuOpen } }}
        padding={{ base: 'sm', sm: 'lg' }}
      >
        <AppShell.Header className={classes.header ?? ''} hiddenFrom="sm" withBorder={false}>
          <Group h="100%" px="sm" gap="sm">
            <Burger
              ref={opener}
              opened={isMenuOpen}
              onClick={menu.open}
              size="sm"
              aria-label={t('nav.open')}
              aria-expanded={isMenuOpen}
            />
            <Text fw={600}>{t('name')}</Text>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar
          ref={navbar}
          className={classes.navbar ?? ''}
          data-closed={!isMenuOpen}
          p={8}
          withBorder={false}
          onKeyDown={(event) => event.key === 'Escape' && isMenuOpen && closeMenu()}
        >
          <Group justify="space-between" px={8} py={8} wrap="nowrap">
            <Group gap="xs" wrap="nowrap">
              <img src="./kuorum.svg" alt="" width={24} height={24} />
              {!isCollapsed && <Text fw={600}>{t('name')}</Text>}
            </Group>
            <Burger opened onClick={closeMenu} hiddenFrom="sm" size="sm" aria-label={t('nav.close')} />
          </Group>
          <Navigation
            current={route.screen}
            isCollapsed={isCollapsed}
            onToggle={collapse.toggle}
            onOpen={menu.close}
            onSwitchLanguage={switchLanguage}
            onShowShortcuts={shortcuts.open}
          />
        </AppShell.Navbar>
        <AppShell.Main ref={main} tabIndex={-1} className={classes.main ?? ''}>
          <ConnectionBanner />
          <ErrorBoundary key={place}>
            <CurrentScreen route={route} />
          </ErrorBoundary>
        </AppShell.Main>
      </AppShell>
      <ShortcutsDialog isOpen={areShortcutsShown} onClose={shortcuts.close} />
      <Notifications />
      <LiveRegion />
    </>
  )
}

/** A language switched by key changes every word but moves no focus, so it is said. */
function useLanguageAnnouncement(): void {
  const { t, i18n } = useTranslation('app')
  const spoken = useRef(i18n.language)
  useEffect(() => {
    if (spoken.current === i18n.language) return
    spoken.current = i18n.language
    announce(t('language.changed'))
  }, [i18n.language, t])
}
