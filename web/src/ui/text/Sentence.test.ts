// @vitest-environment happy-dom
// Goal: what stands within a sentence stands where its text says, and nothing else of the text changes.
import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { h } from 'vue'
import Sentence from './Sentence.vue'

const slots = { person: () => 'Ada {time}', time: () => h('time', 'now') }
const written = (text: string): string => mount(Sentence, { props: { text }, slots }).html({ raw: true })

it('puts elements where the text has them, in the order of the text', () => {
  expect(written('resolved by {person} {time}.')).toContain('resolved by Ada {time} <time>now</time>.')
  expect(written('{time}: resolved by {person}')).toContain('<time>now</time>: resolved by Ada {time}')
})

it('says texts without places as they are', () => {
  expect(written('Nothing { here }')).toContain('Nothing { here }')
})
