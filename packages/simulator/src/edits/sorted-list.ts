/** The first place in an ascending list whose item is not below. */
export function placeOf<T>(items: readonly T[], isBelow: (item: T) => boolean): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBelow(items[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
