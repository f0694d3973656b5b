/** Settings for scrubbing while they are written: what the form changes, and what an event can be tried with. */
import { computed, reactive } from 'vue'
import type { Settings } from '../../api/types.ts'

/** One a line, or with commas between them. */
export function namesIn(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map(name => name.trim())
    .filter(name => name !== '')
}

export function useScrubDraft(settings: () => Settings) {
  const stored = computed(() => {
    const { enabled, fields, safe_fields: safeFields, ip } = settings().scrub
    return { enabled, fields: fields.join('\n'), safeFields: safeFields.join('\n'), ip }
  })
  const draft = reactive({ ...stored.value })
  return {
    draft,
    dirty: computed(() => JSON.stringify(draft) !== JSON.stringify(stored.value)),
    scrub: computed(() => ({
      enabled: draft.enabled,
      fields: namesIn(draft.fields),
      safe_fields: namesIn(draft.safeFields),
      ip: draft.ip
    })),
    reset: (): void => {
      Object.assign(draft, stored.value)
    }
  }
}

export type ScrubDraft = ReturnType<typeof useScrubDraft>

/** An event with a bit of everything that is removed, to begin with. */
export const exampleEvent = JSON.stringify(
  {
    message: 'Payment with card 4111 1111 1111 1111 was refused',
    level: 'error',
    user: { id: '42', email: 'ann@example.com', ip_address: '192.0.2.7' },
    tags: { customer_number: '10-4711' },
    request: {
      url: 'https://shop.example/pay?order=7&token=9f8e7d6c',
      headers: { Authorization: 'Bearer 5f0c1a7be2', Accept: 'application/json' }
    },
    extra: { db_password: 'hunter2', database: 'postgres://shop:hunter2@db.internal/shop', items: 3 }
  },
  null,
  2
)
