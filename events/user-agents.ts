/**
 * What a User-Agent header says of browser, system and device. Clients write it, so only its beginning is read, which
 * takes at most 0.2 ms whatever it holds; what was read lately is remembered. An unknown one says nothing.
 */
import Bowser from 'bowser'
import { LRUCache } from 'lru-cache'
import { limits } from '../schema/limits.ts'
import { cut } from './text.ts'

/** '' where it is not known. */
export type Agent = { browser: Named; os: Named; device: string }
export type Named = { name: string; version: string }

const remembered = new LRUCache<string, Agent>({ max: 2_000 })

export function agentOf(userAgent: string): Agent {
  // A longer one would be remembered whole, and no browser sends it.
  if (userAgent.length > limits.userAgentCharsMax) return parsed(cut(userAgent, limits.userAgentCharsMax))
  const known = remembered.get(userAgent)
  if (known !== undefined) return known
  const agent = parsed(userAgent)
  remembered.set(userAgent, agent)
  return agent
}

function parsed(userAgent: string): Agent {
  const { browser, os, platform } = userAgent === '' ? nothing : Bowser.parse(userAgent)
  return {
    browser: named(browser.name, majorMinor(browser.version)),
    // Windows counts its kernel: NT 10.0 is what is sold as 10.
    os: named(os.name, os.name === 'Windows' ? os.versionName : os.version),
    device: kept(platform.model)
  }
}

const nothing: Bowser.Parser.ParsedResult = { browser: {}, os: {}, platform: {}, engine: {} }

function named(name: string | undefined, version: string | undefined): Named {
  return { name: kept(name), version: kept(version) }
}

/** Builds differ every week; what is counted should not. */
function majorMinor(version: string | undefined): string | undefined {
  return version?.split('.', 2).join('.')
}

function kept(text: string | undefined): string {
  return cut(text ?? '', limits.tagValueCharsMax)
}
