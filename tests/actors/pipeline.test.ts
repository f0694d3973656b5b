// Goal: whatever dies and whatever fails, in whatever order: every request is answered or refused, what was answered is
// committed exactly once, what was refused for good is not there, and in the end nothing is held or spooled. Method:
// fast-check draws schedules of requests, deaths, returns, overdue commits and releases, and the fate of every commit
// and write.
import fc from 'fast-check'
import t from 'tap'
import { eventIdAt } from '../../events/event-ids.ts'
import type { IngestRequest, RepliesMessage } from '../../schema/pipeline.ts'
import type { Reply } from '../../schema/outcomes.ts'
import { healthy, mortals, pipelineWorld, type Fate } from './pipeline-world.ts'
import { ingestRequest, repliesIn, turn, until } from './support.ts'

type Step =
  | { type: 'route'; bodies: string[] }
  | { type: 'kill'; name: string }
  | { type: 'revive' | 'resend' | 'tick' | 'overdue' | 'release commits' | 'release writes' | 'turn' | 'quiet' }

const event = fc.constantFrom(
  '{"message":"fine"}',
  '{"message":"fine"}',
  '{"message":"invalid"}',
  '{"message":"throw"}',
  '{"message":"sampled"}'
)
const body = fc.oneof(
  event,
  fc.array(event, { minLength: 1, maxLength: 4 }).map(events => `[${events.join()}]`)
)
const name = fc.constantFrom(...mortals.filter(name => name !== 'router'))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('route' as const),
      bodies: fc.array(body, { minLength: 1, maxLength: 4 })
    })
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('kill' as const), name }) },
  {
    weight: 16,
    arbitrary: fc.record({
      type: fc.constantFrom('revive', 'resend', 'tick', 'overdue', 'release commits', 'release writes', 'turn', 'quiet')
    })
  }
)
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(healthy) },
  {
    weight: 3,
    arbitrary: fc.record({
      late: fc.boolean(),
      outcome: fc.constantFrom('done', 'failed', 'unknown but done', 'unknown and not done')
    })
  }
)
const writeFate: fc.Arbitrary<Fate> = fc.record({
  late: fc.boolean(),
  outcome: fc.constantFrom('done', 'done', 'failed')
})
const schedule = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
  commits: fc.array(fate, { minLength: 1, maxLength: 12 }),
  writes: fc.array(writeFate, { minLength: 1, maxLength: 6 })
})

type World = ReturnType<typeof pipelineWorld>

async function take(world: World, step: Step, sent: IngestRequest[]): Promise<void> {
  switch (step.type) {
    case 'route': {
      const requests = step.bodies.map(body =>
        ingestRequest(world.client.pid, { body, format: body.startsWith('[') ? 'array' : 'event' })
      )
      sent.push(...requests)
      world.route(requests)
      return
    }
    case 'kill':
      return world.kill(step.name)
    case 'revive':
      return world.reviveAll()
    case 'resend':
      world.resend()
      return
    case 'tick':
      world.tick()
      return
    case 'overdue':
      return world.overdue()
    case 'release commits':
      return await world.releaseCommits()
    case 'release writes':
      return await world.releaseWrites()
    case 'turn':
      return await turn()
    case 'quiet':
      return await world.quiet()
  }
}

/** Everything that is wrong at the end; what the router's own death excuses is said by `lostRouter`. */
function wrongs({ client, rows, files, problems }: World, sent: IngestRequest[], lostRouter: boolean): string[] {
  const wrong = [...problems]
  const answers = firstAnswers(client.mail)
  for (const { request, seed } of sent) {
    const replies = answers.get(request) ?? []
    const refused = replies.find(reply => 'refusal' in reply)
    if (!isAnswered(replies) && !lostRouter) wrong.push(`request ${request} was never answered`)
    const definite = refused !== undefined && !['timeout', 'internal'].includes(refused.refusal.reason)
    for (let index = 0; index < 4; index++) {
      const count = rows.get(eventIdAt(seed, index)) ?? 0
      const reply = replies.find(reply => 'result' in reply && reply.index === index)
      if (count > 1) wrong.push(`event ${index} of request ${request} was committed ${count} times`)
      if (definite && count > 0) {
        wrong.push(`request ${request} was refused (${refused.refusal.reason}) but its event ${index} was committed`)
      }
      if (reply === undefined || !('result' in reply)) continue
      if (reply.result.status === 202 && count !== 1) {
        wrong.push(`event ${index} of request ${request} was answered with 202 but committed ${count} times`)
      }
      if (reply.result.status === 400 && count !== 0) {
        wrong.push(`event ${index} of request ${request} was refused but committed`)
      }
    }
  }
  if (files.size > 0) wrong.push(`${files.size} files are left`)
  return wrong
}

/** What a client gets to see: every place of a request once, and nothing after a refusal or after the last place. */
function firstAnswers(mail: readonly RepliesMessage[]): Map<number, Reply[]> {
  const answers = new Map<number, Reply[]>()
  for (const reply of repliesIn(mail)) {
    const known = answers.get(reply.request) ?? []
    if (
      isAnswered(known) ||
      ('index' in reply && known.some(other => 'index' in other && other.index === reply.index))
    ) {
      continue
    }
    answers.set(reply.request, [...known, reply])
  }
  return answers
}

function isAnswered(replies: readonly Reply[]): boolean {
  return replies.some(reply => 'refusal' in reply || replies.length === reply.total)
}

async function run({ steps, commits, writes }: { steps: Step[]; commits: Fate[]; writes: Fate[] }): Promise<string[]> {
  const world = pipelineWorld({ commits, writes })
  const sent: IngestRequest[] = []
  try {
    for (const step of steps) await take(world, step, sent)
    const lostRouter = steps.some(step => step.type === 'kill' && step.name === 'router')
    world.heal()
    await until(async () => {
      world.tick()
      await world.quiet()
      return await world.isIdle()
    })
    await world.quiet()
    return wrongs(world, sent, lostRouter)
  } finally {
    world.stop()
  }
}

t.test('processors, writers and spools die, commits and writes fail or come late', async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async drawn => {
      const wrong = await run(drawn)
      if (wrong.length > 0) throw new Error(wrong.join('\n'))
    }),
    { numRuns: 300 }
  )
})

t.test(
  'the router dies too: nothing is told wrongly, nothing is held, and the edge answers what was lost at its deadline',
  async () => {
    const withRouter = fc.tuple(schedule, fc.nat()).map(([drawn, at]) => {
      const steps: Step[] = [...drawn.steps]
      steps.splice(at % steps.length, 0, { type: 'kill', name: 'router' }, { type: 'revive' })
      return { ...drawn, steps }
    })
    await fc.assert(
      fc.asyncProperty(withRouter, async drawn => {
        const wrong = await run(drawn)
        if (wrong.length > 0) throw new Error(wrong.join('\n'))
      }),
      { numRuns: 100 }
    )
  }
)
