import { priceOf } from './price.js'

export function checkout(cart) {
  const prices = cart.map(item => priceOf(item))
  return prices.length
}
