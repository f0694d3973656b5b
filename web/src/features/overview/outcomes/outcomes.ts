/** What became of what was sent, in rows: what is kept, then what is not and why. */
import type { Outcomes } from '../../../api/types.ts'
import { texts } from './texts.ts'

export type OutcomeRow = { name: string; about: string; count: number }

const kinds = ['sampled_out', 'duplicate', 'discarded', 'quarantined'] as const
const plain = (word: string): string => word.replaceAll('_', ' ')

export function outcomeRows({ events, refused, ignored, client_discarded: held }: Outcomes): OutcomeRow[] {
  const rows = [
    ...kinds.map(kind => ({ name: texts.kinds[kind], about: texts.kindsAbout[kind], count: events[kind] })),
    ...Object.entries(refused).map(([reason, count]) => ({
      name: texts.refused(texts.reasons[reason] ?? plain(reason)),
      about: texts.refusedAbout,
      count
    })),
    ...Object.entries(ignored).map(([type, count]) => ({
      name: texts.ignored(plain(type)),
      about: texts.ignoredAbout,
      count
    })),
    ...held.map(({ reason, category, count }) => ({
      name: texts.held(plain(reason)),
      about: texts.heldAbout(category),
      count
    }))
  ]
  return rows.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
}
