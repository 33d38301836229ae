/** What the user may choose; every change applies at once. */
import { SegmentedControl, Select, SimpleGrid, Stack, Text, useMatches } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Settings } from '../../../../shared/domain/settings.ts'
import { useSettings } from '../../host/host-context.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Screen } from '../../ui/screen.tsx'
import { Section } from '../../ui/section.tsx'
import { LoadingBlock } from '../../ui/state-blocks.tsx'
import { About } from './about.tsx'
import { RunFolderField } from './run-folder-field.tsx'

const languageChoices = ['system', 'en', 'id'] as const
const themeChoices = ['system', 'light', 'dark'] as const
const speeds = ['1', '60', '720', 'max'] as const

export function SettingsScreen() {
  const { t } = useTranslation('settings')
  const settings = useSettings((state) => state.settings)
  const problem = useSettings((state) => state.problem)
  const load = useSettings((state) => state.load)
  return (
    <Screen title={t('title')} subtitle={t('subtitle')}>
      {problem && <ProblemCard problem={problem} onRetry={load} />}
      {!settings && !problem && <LoadingBlock what={t('loading')} lines={6} />}
      {settings && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Appearance settings={settings} />
          <Runs settings={settings} />
        </SimpleGrid>
      )}
      <About />
    </Screen>
  )
}

function Appearance({ settings }: { readonly settings: Settings }) {
  const { t } = useTranslation('settings')
  const change = useSettings((state) => state.change)
  return (
    <Section title={t('appearance')}>
      <Choice
        label={t('language.label')}
        value={settings.language}
        choices={languageChoices.map((value) => ({ value, label: t(`language.${value}`) }))}
        onChange={(language) => change({ language })}
      />
      <Choice
        label={t('theme.label')}
        value={settings.theme}
        choices={themeChoices.map((value) => ({ value, label: t(`theme.${value}`) }))}
        onChange={(theme) => change({ theme })}
      />
    </Section>
  )
}

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly choices: { value: Value; label: string }[]
  readonly onChange: (value: Value) => void
}

function Choice<Value extends string>({ label, value, choices, onChange }: ChoiceProps<Value>) {
  const orientation = useMatches({
    base: 'vertical',
    xs: 'horizontal',
    md: 'vertical',
    lg: 'horizontal',
  } as const)
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500} aria-hidden>
        {label}
      </Text>
      <SegmentedControl
        aria-label={label}
        orientation={orientation}
        value={value}
        data={choices}
        onChange={onChange}
        fullWidth
      />
    </Stack>
  )
}

function Runs({ settings }: { readonly settings: Settings }) {
  const { t } = useTranslation(['settings', 'terms'])
  const change = useSettings((state) => state.change)
  return (
    <Section title={t('settings:runs')}>
      <RunFolderField key={settings.runFolder} saved={settings.runFolder} />
      <Select
        label={t('settings:speed.label')}
        description={t('settings:speed.description')}
        data={speeds.map((value) => ({ value, label: t(`terms:speed.${value}`) }))}
        value={settings.defaultSpeed}
        allowDeselect={false}
        onChange={(speed) => {
          const chosen = speeds.find((one) => one === speed)
          if (chosen) void change({ defaultSpeed: chosen })
        }}
      />
    </Section>
  )
}
