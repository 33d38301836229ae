/** The first start: three ways in. */
import { SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconChartBar, IconDeviceLaptop, IconPlayerPlay } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { useRecipes } from '../../host/host-context.tsx'
import classes from './doors.module.css'

export function Doors() {
  const { t } = useTranslation('home')
  const { recipes } = useRecipes()
  const recipe = recipes?.[0]
  return (
    <Stack gap="sm" component="section">
      <div>
        <Title order={2} size="h4">
          {t('doors.title')}
        </Title>
        <Text c="dimmed" size="sm">
          {t('doors.text')}
        </Text>
      </div>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Door
          href={hrefOf({ screen: 'plan', ...(recipe && { recipe: recipe.id, plan: recipe.rehearsalPlan }) })}
          icon={<IconPlayerPlay size={28} aria-hidden />}
          title={t('doors.simulate')}
          text={t('doors.simulateText')}
        />
        <Door
          href={hrefOf({ screen: 'recipes', ...(recipe && { recipe: recipe.id }) })}
          icon={<IconDeviceLaptop size={28} aria-hidden />}
          title={t('doors.laptop')}
          text={t('doors.laptopText')}
        />
        <Door
          href={hrefOf({ screen: 'results' })}
          icon={<IconChartBar size={28} aria-hidden />}
          title={t('doors.results')}
          text={t('doors.resultsText')}
        />
      </SimpleGrid>
    </Stack>
  )
}

interface DoorProps {
  readonly href: string
  readonly icon: ReactNode
  readonly title: string
  readonly text: string
}

function Door({ href, icon, title, text }: DoorProps) {
  return (
    <a href={href} className={classes.door}>
      {icon}
      <Text fw={600} component="span">
        {title}
      </Text>
      <Text size="sm" c="dimmed" component="span">
        {text}
      </Text>
    </a>
  )
}
