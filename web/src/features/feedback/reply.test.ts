// Goal: a reply goes to the address and nowhere else, and a page is a page. Method: addresses and pages that strangers
// may send.
import { expect, it } from 'vitest'
import { pageLink, replyLink } from './reply.ts'

it('quotes what was written', () => {
  const link = replyLink({ email: 'ann@example.com', message: 'It broke.\nTwice & more?' })
  expect(link).toBe(
    'mailto:ann%40example.com?subject=Your%20feedback&body=%0A%0A%3E%20It%20broke.%0A%3E%20Twice%20%26%20more%3F%0A'
  )
})

it('adds no recipient and no header that the address would smuggle in', () => {
  for (const email of ['', 'Ann', 'a@b?bcc=eve@example.com', 'a@b,eve@example.com', 'a@b\nBcc: eve@example.com']) {
    expect(replyLink({ email, message: '' })).toBe(null)
  }
})

it('links to pages alone', () => {
  expect(pageLink('https://shop.example.com/cart?x=1')).toBe('https://shop.example.com/cart?x=1')
  for (const url of ['', '/cart', 'javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd']) {
    expect(pageLink(url)).toBe(null)
  }
})
