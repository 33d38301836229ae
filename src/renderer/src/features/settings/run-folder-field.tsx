import { Button, Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSettings } from '../../host/host-context.tsx'
import { announce } from '../../ui/announce.tsx'

/** A path is applied by its button, not at every letter typed. */
export function RunFolderField({ saved }: { readonly saved: string }) {
  const { t } = useTranslation('settings')
  const change = useSettings((state) => state.change)
  const usedFolder = useSettings((state) => state.info?.runFolder ?? '')
  const [draft, setDraft] = useState(saved)

  const save = async (runFolder: string): Promise<void> => {
    if (await change({ runFolder })) announce(t('folder.saved'))
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void save(draft.trim())
      }}
    >
      <TextInput
        label={t('folder.label')}
        description={`${t('folder.description', { folder: usedFolder })} ${t('folder.later')}`}
        value={draft}
        maxLength={1000}
        spellCheck={false}
        onChange={(event) => setDraft(event.currentTarget.value)}
      />
      <Group gap="xs" mt="xs">
        {saved !== '' && (
          <Button variant="default" onClick={() => save('')}>
            {t('folder.reset')}
          </Button>
        )}
        <Button type="submit" disabled={draft.trim() === saved}>
          {t('folder.save')}
        </Button>
      </Group>
    </form>
  )
}
