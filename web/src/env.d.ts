import 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** In the browser's title. */
    title: string
    /** Needs no session. */
    open?: boolean
    /** What the header shows for the page: see lib/range.ts. */
    filters?: readonly ('range' | 'environment')[]
    /** For instance admins alone. */
    instanceAdmin?: boolean
  }
}
