/** The first steps of a project: its DSN and how to set SDKs up with it. */
import { dsnOf } from '../events/dsn.ts'
import { snippetsFor } from '../events/snippets.ts'
import { onboardingBody, type OnboardingBody } from '../schema/api/onboarding.ts'
import { onboardingFacts } from '../services/accounts/onboarding.ts'
import { operation, plain, type Operation } from './operation.ts'
import { projectTarget } from './targets.ts'

/** Takes the place of the key while the project has none. */
const keyStandIn = 'YOUR_DSN_KEY'

const onboarding = operation({
  ...plain,
  id: 'getOnboarding',
  method: 'get',
  path: '/api/v1/projects/:project/onboarding',
  tag: 'Onboarding',
  access: { who: 'role', role: 'member', scope: 'read' },
  summary: 'The DSN of a project, whether any event has come, and ready-to-paste set-up for SDKs and for curl',
  target: projectTarget,
  responses: { 200: { description: 'DSN and snippets', schema: onboardingBody } },
  handle: async ({ sql, context: { publicUrl }, target: { projectId } }) => {
    const { publicKey, hasEvents } = await onboardingFacts(sql, projectId)
    const shownKey = publicKey ?? keyStandIn
    const dsn = dsnOf(publicUrl, shownKey, projectId)
    const body: OnboardingBody = {
      dsn: publicKey === null ? null : dsn,
      has_events: hasEvents,
      snippets: snippetsFor({ url: publicUrl, publicKey: shownKey, dsn })
    }
    return { status: 200, body }
  }
})

export const onboardingOperations: Operation[] = [onboarding]
