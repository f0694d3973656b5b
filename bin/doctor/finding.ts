/** What a check of `mesher doctor` finds: a fact, whether it is as it should be, and what to do when it is not. */
export type Finding = { check: string; status: 'ok' | 'warn' | 'fail'; text: string; hint?: string }

/** Makes findings of one subject; `check` is the word under which they are listed. */
export function findingsOf(check: string) {
  return {
    ok: (text: string): Finding => ({ check, status: 'ok', text }),
    warn: (text: string, hint: string): Finding => ({ check, status: 'warn', text, hint }),
    fail: (text: string, hint: string): Finding => ({ check, status: 'fail', text, hint })
  }
}
