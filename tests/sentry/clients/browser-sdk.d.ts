/** The part of @sentry/browser that the page uses: the package is installed for its test alone (tests/packages). */
declare module '@sentry/browser' {
  type Client = {
    on(hook: 'afterSendEvent', told: (event: object, response: { statusCode?: number }) => void): unknown
  }
  type Scope = { addAttachment(attachment: { filename: string; data: string | Uint8Array }): unknown }
  export function init(options: Record<string, unknown>): Client | undefined
  export function setUser(user: { id: string; email: string }): void
  export function setTags(tags: Record<string, string | number | boolean>): void
  export function addBreadcrumb(breadcrumb: { category: string; message: string }): void
  export function captureException(error: unknown): string
  export function captureMessage(message: string, level?: 'warning'): string
  export function captureFeedback(feedback: {
    message: string
    name: string
    email: string
    associatedEventId: string
  }): string
  export function withScope(use: (scope: Scope) => string): string
  export function flush(timeoutMs: number): PromiseLike<boolean>
  export function close(timeoutMs: number): PromiseLike<boolean>
}
