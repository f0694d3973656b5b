/**
 * The answer to a request as plain data, which `answer` in http.ts writes to the socket. It is apart from http.ts
 * because the forms of answers (problem+json, Sentry) are made by files that http.ts imports.
 */
import type { Refusal } from '../schema/outcomes.ts'

export type Header = readonly [name: string, value: string]

export type HttpAnswer = {
  status: number
  /** The Content-Type; '' sends none. */
  type: string
  body: string | Uint8Array
  headers?: readonly Header[]
  /** Ends the connection after the answer. */
  close?: boolean
  /** The Content-Security-Policy of a page, in place of the one that forbids everything. */
  policy?: string
}

/** Whole seconds and at least one: clients take 0 for "at once". Null when the refusal names no time. */
export function retryAfterOf({ retryAfterS }: Pick<Refusal, 'retryAfterS'>): string | null {
  return retryAfterS === undefined ? null : String(Math.max(1, Math.ceil(retryAfterS)))
}
