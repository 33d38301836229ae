/** The list of screens at the left: icons with labels, or icons alone when collapsed. */
import { NavLink, Stack, Tooltip, UnstyledButton } from '@mantine/core'
import {
  IconBook2,
  IconChartBar,
  IconHome,
  IconKeyboard,
  IconLanguage,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconPlayerPlay,
  IconSettings,
  IconTimeline,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { hrefOf, type ScreenId, screenIds } from '../../../shared/window-route/window-route.ts'
import classes from './navigation.module.css'

const icons: Record<ScreenId, ComponentType<{ size?: number }>> = {
  home: IconHome,
  recipes: IconBook2,
  plan: IconTimeline,
  live: IconPlayerPlay,
  results: IconChartBar,
  settings: IconSettings,
}

interface NavigationProps {
  readonly current: ScreenId
  readonly isCollapsed: boolean
  readonly onToggle: () => void
  readonly onOpen: () => void
  readonly onSwitchLanguage: () => void
  readonly onShowShortcuts: () => void
}

export function Navigation(props: NavigationProps) {
  const { current, isCollapsed, onToggle, onOpen, onSwitchLanguage, onShowShortcuts } = props
  const { t } = useTranslation('app')
  return (
    <div className={classes.column}>
      <nav aria-label={t('nav.label')}>
        <Stack gap={2} component="ul" className={classes.list ?? ''}>
          {screenIds.map((screen) => {
            const Icon = icons[screen]
            return (
              <li key={screen}>
                <Tooltip label={t(`nav.${screen}`)} position="right" disabled={!isCollapsed}>
                  <NavLink
                    href={hrefOf({ screen })}
                    label={t(`nav.${screen}`)}
                    leftSection={<Icon size={20} aria-hidden />}
                    active={current === screen}
                    aria-current={current === screen ? 'page' : undefined}
                    onClick={onOpen}
                    className={classes.link ?? ''}
                    {...(isCollapsed && { 'data-collapsed': true })}
                  />
                </Tooltip>
              </li>
            )
          })}
        </Stack>
      </nav>
      <Stack gap={2}>
        <FootButton
          label={t('language.switchTo')}
          name={t('language.switchLabel')}
          icon={IconLanguage}
          isCollapsed={isCollapsed}
          onClick={onSwitchLanguage}
        />
        <FootButton
          label={t('shortcuts.show')}
          icon={IconKeyboard}
          isCollapsed={isCollapsed}
          onClick={onShowShortcuts}
        />
        <div className={classes.toggle}>
          <FootButton
            label={isCollapsed ? t('nav.expand') : t('nav.collapse')}
            icon={isCollapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse}
            isCollapsed={isCollapsed}
            onClick={onToggle}
          />
        </div>
      </Stack>
    </div>
  )
}

interface FootButtonProps {
  readonly label: string
  /** Accessible name where the label alone does not say enough; contains the label. */
  readonly name?: string
  readonly icon: ComponentType<{ size?: number }>
  readonly isCollapsed: boolean
  readonly onClick: () => void
}

function FootButton({ label, name = label, icon: Icon, isCollapsed, onClick }: FootButtonProps) {
  return (
    <Tooltip label={label} position="right" disabled={!isCollapsed}>
      <UnstyledButton className={classes.foot ?? ''} aria-label={name} onClick={onClick}>
        <Icon size={20} aria-hidden />
        {!isCollapsed && <span>{label}</span>}
      </UnstyledButton>
    </Tooltip>
  )
}
