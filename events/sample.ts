/**
 * Which share of the events is kept, and how many events one that is kept stands for. The id decides, so an event that
 * is processed again has the same fate. Weights are whole numbers, so that counts are too: of those that lie between
 * two, so many events get the upper one that their mean is right.
 */
import { limits } from '../schema/limits.ts'
import type { NormalisedEvent } from '../schema/event.ts'
import type { Weights } from '../schema/pipeline.ts'

/** Undefined where an event stands for itself. `clientRate` is the share that its client sends. */
export function weightsOf(id: string, sampleRate: number, clientRate: number): Weights | undefined {
  if (sampleRate >= 1 && clientRate >= 1) return undefined
  const fraction = fractionOf(id)
  const ofClient = 1 / Math.max(clientRate, 1 / limits.clientWeightMax)
  return {
    first: wholeWeight(ofClient, fraction),
    // Of those that are kept the fractions are spread evenly again, when they are stretched.
    sampled: fraction < sampleRate ? wholeWeight(ofClient / sampleRate, fraction / sampleRate) : 0
  }
}

/**
 * The share of its errors that a client says it sends (`contexts.error_sampling.client_sample_rate`). The rates in
 * headers and contexts of traces are not of errors.
 */
export function clientRateOf({ contexts }: Pick<NormalisedEvent, 'contexts'>): number {
  const sampling = contexts?.error_sampling
  if (typeof sampling !== 'object' || sampling === null || !('client_sample_rate' in sampling)) return 1
  const { client_sample_rate: rate } = sampling
  return typeof rate === 'number' && rate > 0 && rate < 1 ? rate : 1
}

function wholeWeight(weight: number, fraction: number): number {
  const most = Math.min(weight, limits.weightMax)
  const least = Math.floor(most)
  return least + (fraction < most - least ? 1 : 0)
}

/** Spread evenly over 0 to 1, also for ids that differ in their last digits alone: FNV-1a with a final mix. */
function fractionOf(id: string): number {
  let mixed = 0x811c9dc5
  for (let index = 0; index < id.length; index++) mixed = Math.imul(mixed ^ id.charCodeAt(index), 0x01000193)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000
}
