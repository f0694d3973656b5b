/**
 * Remembers what a pure function gave for a text. Two generations: when the younger is full it becomes the older and the older is
 * forgotten, so at most twice `size` results are held and what is in use stays. Long texts are not remembered.
 */
const textCharsMax = 256

export function boundedCache<Result> (size: number, compute: (text: string) => Result): (text: string) => Result {
  let younger = new Map<string, Result>()
  let older = new Map<string, Result>()

  return text => {
    const known = younger.get(text)
    if (known !== undefined) return known
    const result = older.get(text) ?? compute(text)
    if (text.length > textCharsMax) return result
    if (younger.size >= size) {
      older = younger
      younger = new Map()
    }
    younger.set(text, result)
    return result
  }
}
