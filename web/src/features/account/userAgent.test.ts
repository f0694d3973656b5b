import { expect, test } from 'vitest'
import { browserName } from './userAgent.ts'

test('browsers are told apart although each names the others', () => {
  expect(browserName('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')).toBe('Firefox on Linux')
  expect(
    browserName(
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
        'Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0'
    )
  ).toBe('Edge on Windows')
  expect(
    browserName(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
        'Version/17.0 Mobile/15E148 Safari/604.1'
    )
  ).toBe('Safari on iOS')
  expect(
    browserName(
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36'
    )
  ).toBe('Chrome on Android')
})

test('what is no browser is told if it is known, and left alone else', () => {
  expect(browserName('curl/8.5.0')).toBe('curl')
  expect(browserName('something of its own')).toBe('')
  expect(browserName('')).toBe('')
})
