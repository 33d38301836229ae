/** Everything that keeps the run from starting, each entry leading to its field. */
import { Alert, Anchor, List } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { PlanDraft } from './plan-draft.ts'
import type { PlanIssue } from './plan-issues.ts'
import { useIssueText } from './use-issue-text.ts'

interface IssueSummaryProps {
  readonly draft: PlanDraft
  readonly issues: readonly PlanIssue[]
  readonly onSelect: (fault: string | null) => void
}

export function IssueSummary({ draft, issues, onSelect }: IssueSummaryProps) {
  const { t } = useTranslation('plan')
  const issueText = useIssueText()
  const goTo = (issue: PlanIssue): void => {
    if (issue.fault !== null) onSelect(issue.fault)
    // The form of another fault is drawn first.
    requestAnimationFrame(() => document.getElementById(`plan-${issue.field}`)?.focus())
  }
  return (
    <Alert
      id="plan-issues"
      tabIndex={-1}
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t('issues.title', { count: issues.length })}
    >
      <List size="sm">
        {issues.map((issue) => {
          const position = draft.faults.findIndex(({ id }) => id === issue.fault)
          const text = issueText(issue)
          return (
            <List.Item key={`${issue.fault} ${issue.field} ${issue.kind}`}>
              <Anchor component="button" type="button" size="sm" ta="start" onClick={() => goTo(issue)}>
                {position === -1
                  ? text
                  : t('issues.inFault', { name: t('faults.nameOf', { number: position + 1 }), issue: text })}
              </Anchor>
            </List.Item>
          )
        })}
      </List>
    </Alert>
  )
}
