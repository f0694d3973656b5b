/** What an item costs. */
export function priceOf(item) {
  const discount = item.discounts[0].percent
  return item.price * (1 - discount / 100)
}
