/**
 * The rules of projects, ready to be used: parsed once for each change of their texts. Lines that cannot be read are
 * left out; the API takes none, but another version of Mesher may know more. What was parsed is forgotten, oldest
 * first, when the texts of all come to more than `rememberedCharsMax`.
 */
import type { GroupingTexts } from '../../../schema/pipeline.ts'
import { parseFingerprintRules, parseStackRules, type FingerprintRule, type StackRule } from './parse.ts'

export type ProjectRules = { fingerprint: readonly FingerprintRule[]; stack: readonly StackRule[] }

const rememberedCharsMax = 4_000_000
const remembered = new Map<number, { texts: GroupingTexts; rules: ProjectRules }>()
let rememberedChars = 0

/** Of the project with this id. */
export function rulesOf(projectId: number, texts: GroupingTexts): ProjectRules {
  const known = remembered.get(projectId)
  if (known !== undefined && areSame(known.texts, texts)) return known.rules
  const rules = parseRules(texts)
  if (known !== undefined) forget(projectId, known.texts)
  remembered.set(projectId, { texts, rules })
  rememberedChars += charsOf(texts)
  for (const [id, { texts }] of remembered) {
    if (rememberedChars <= rememberedCharsMax) break
    forget(id, texts)
  }
  return rules
}

export function parseRules({ fingerprintRules, stackRules }: GroupingTexts): ProjectRules {
  return { fingerprint: parseFingerprintRules(fingerprintRules).rules, stack: parseStackRules(stackRules).rules }
}

function areSame(a: GroupingTexts, b: GroupingTexts): boolean {
  return a === b || (a.fingerprintRules === b.fingerprintRules && a.stackRules === b.stackRules)
}

function forget(projectId: number, texts: GroupingTexts): void {
  remembered.delete(projectId)
  rememberedChars -= charsOf(texts)
}

function charsOf({ fingerprintRules, stackRules }: GroupingTexts): number {
  return fingerprintRules.length + stackRules.length
}
