/** What the mail about assigned issues says: who assigned them, and a line with a link for each. */
import { namedMax, oneLine } from './notification-texts.ts'

type Assigned = { id: string; short_id: string; title: string }

/** `url` is that of the list of issues. */
export function assignmentMail({ by, url, issues }: { by: string; url: string; issues: readonly Assigned[] }): {
  subject: string
  text: string
} {
  const [first] = issues
  const what = issues.length === 1 ? `${first?.short_id} ${oneLine(first?.title ?? '')}` : `${issues.length} issues`
  const rest = issues.length - namedMax
  const text = [
    `${oneLine(by)} assigned ${issues.length === 1 ? 'this issue' : `${issues.length} issues`} to you:`,
    '',
    ...issues
      .slice(0, namedMax)
      .flatMap(({ id, short_id: shortId, title }) => [`${shortId} ${oneLine(title)}`, `  ${url}/${id}`, '']),
    ...(rest > 0 ? [`and ${rest} more`, ''] : []),
    `All that is assigned to you: ${url}?tab=mine`,
    ''
  ].join('\n')
  return { subject: `[Mesher] Assigned to you: ${what}`, text }
}
