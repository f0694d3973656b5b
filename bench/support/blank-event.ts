/** A prepared event with empty fields, for benchmarks in which its content does not matter. */
import type { PreparedEvent } from '../../schema/pipeline.ts'

export const blankEvent: PreparedEvent = {
  id: '',
  projectId: 0,
  retentionDays: 30,
  receivedAt: 0,
  occurredAt: 0,
  eventId: null,
  level: 'error',
  environment: '',
  release: '',
  platform: '',
  message: '',
  title: '',
  culprit: '',
  userHash: '',
  user: '',
  tags: {},
  fingerprint: '',
  grouping: { rule: 'fallback', version: '', components: [] },
  payload: ''
}
