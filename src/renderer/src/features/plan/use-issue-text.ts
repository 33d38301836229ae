import { useTranslation } from 'react-i18next'
import { problemTextOf } from '../../../../shared/i18n/problem-text.ts'
import { useLanguage } from '../../ui/use-language.ts'
import type { PlanIssue } from './plan-issues.ts'

/** The sentence that says what is wrong, in the user's language. */
export function useIssueText(): (issue: PlanIssue) => string {
  const { t } = useTranslation('plan')
  const language = useLanguage()
  return ({ kind, problem }) => {
    if (kind !== 'host') return t(`issues.${kind}`)
    const text = problem && problemTextOf(language, problem)
    return text ? `${text.what} ${text.fix}` : ''
  }
}
