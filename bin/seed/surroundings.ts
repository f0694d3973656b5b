/**
 * Where an event happened: server, tags, and for full payloads breadcrumbs, contexts, request and SDK. A few thousand
 * are made ahead and shared, so tags of many values (a customer, say) have them as rarely as in life.
 */
import { facetsOf, type Facets } from '../../events/facets.ts'
import { createRandom, itemAt, pick, type Random } from './random.ts'
import { modules, nouns, services, verbs, type Service } from './vocabulary.ts'

/** `contexts` are members of a payload, ready to stand in it; `facets` are derived of them. */
export type Setting = {
  server: string
  tags: Record<string, string>
  tagsJson: string
  contexts: string
  facets: Facets
}

const settingsOfService = 2_000
const customers = 3_000
const regions = ['eu-central', 'eu-west', 'us-east', 'us-west', 'ap-south']
const browsers = ['Firefox 140', 'Firefox 141', 'Chrome 139', 'Chrome 140', 'Safari 18.5', 'Edge 139']
const systems = ['Windows 11', 'macOS 15.5', 'Android 16', 'iOS 18.6', 'Ubuntu 24.04']
const plans = ['free', 'free', 'team', 'business', 'enterprise']

const made = new Map<Service, Setting[]>()

export function surroundings(service: Service, random: Random): Setting {
  let settings = made.get(service)
  if (settings === undefined) {
    settings = settingsOf(service)
    made.set(service, settings)
  }
  return itemAt(settings, random.below(settings.length))
}

/** The same for every seed. */
function settingsOf(service: Service): Setting[] {
  const random = createRandom(services.indexOf(service), 1)
  return Array.from({ length: settingsOfService }, () => settingOf(service, random))
}

function settingOf(service: Service, random: Random): Setting {
  const isBrowser = service.platform === 'javascript'
  const server = isBrowser ? 'browser' : `${service.name}-${1 + random.below(12)}`
  const tags: Record<string, string> = {
    region: pick(regions, random),
    plan: pick(plans, random),
    customer: `c${1 + Math.floor(random.unit() ** 3 * customers)}`,
    ...(isBrowser
      ? { browser: pick(browsers, random), os: pick(systems, random) }
      : { runtime: `${service.runtime.name} ${service.runtime.version}` })
  }
  const members = contextsOf(service, tags, random)
  const derived = {
    ...members,
    tags,
    server_name: server,
    exception: undefined,
    transaction: undefined,
    logger: undefined
  }
  return {
    server,
    tags,
    tagsJson: JSON.stringify(tags),
    contexts: JSON.stringify(members).slice(1, -1),
    facets: facetsOf(derived)
  }
}

function contextsOf(service: Service, tags: Record<string, string>, random: Random) {
  const [module, noun] = [pick(modules, random), pick(nouns, random)]
  return {
    breadcrumbs: Array.from({ length: 3 + random.below(9) }, () => breadcrumbOf(random)),
    request: {
      url: `https://${service.name}.example.com/${module}/${noun}s/${1_000 + random.below(9_000)}`,
      method: pick(['GET', 'POST'], random),
      headers: {
        Accept: 'application/json',
        'User-Agent': tags.browser === undefined ? 'okhttp/5.1.0' : `Mozilla/5.0 (${tags.os}) ${tags.browser}`
      }
    },
    contexts: { runtime: service.runtime, ...(tags.os === undefined ? {} : { os: { name: tags.os } }) },
    sdk: service.sdk
  }
}

function breadcrumbOf(random: Random): Record<string, unknown> {
  const [verb, noun] = [pick(verbs, random), pick(nouns, random)]
  return pick(
    [
      {
        category: 'http',
        level: 'info',
        message: `GET https://api.example.com/${noun}s`,
        data: { status_code: 200, duration_ms: random.below(900) }
      },
      { category: 'query', level: 'info', message: `select * from ${noun}s where id = $1` },
      { category: 'ui.click', level: 'info', message: `button.${verb}-${noun}` },
      { category: 'navigation', level: 'info', data: { from: `/${noun}s`, to: `/${noun}s/${verb}` } },
      { category: 'console', level: 'warning', message: `${verb} of ${noun} took ${random.below(3_000)} ms` }
    ],
    random
  )
}
