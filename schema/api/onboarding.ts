/** How to send the first event to a project. */
import * as v from 'valibot'

export const snippet = v.object({
  /** `javascript-browser`, `node`, `python`, `go`, … */
  platform: v.string(),
  title: v.string(),
  /** A command for the shell; '' where nothing has to be installed. */
  install: v.string(),
  /** What `code` is written in: `javascript`, `python`, `shell`, … */
  language: v.string(),
  /** It was run as it stands, and its event arrived. */
  verified: v.boolean(),
  code: v.string()
})
export type Snippet = v.InferOutput<typeof snippet>

export const onboardingBody = v.object({
  /** Null while the project has no active key; the snippets show where it goes then. */
  dsn: v.nullable(v.string()),
  has_events: v.boolean(),
  snippets: v.array(snippet)
})
export type OnboardingBody = v.InferOutput<typeof onboardingBody>
