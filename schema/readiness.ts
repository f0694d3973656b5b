/** What /readyz answers: whether the node takes events, check by check. */
export type Check = { name: string; ok: boolean; detail: string }
export type Readiness = { ready: boolean; checks: Check[] }
