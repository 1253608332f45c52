/** `toFixed` as Python and C do it: a number exactly between two goes to the even digit, not up. */
export function toFixed(number: number, precision: number): string {
  const size = Math.abs(number)
  const sign = number < 0 ? '-' : ''
  if (size >= 1e21) return sign + BigInt(size) + (precision === 0 ? '' : `.${'0'.repeat(precision)}`)
  const rounded = size.toFixed(precision)
  // A tie shows in the exact digits as a 5 with nothing after it.
  const exact = size.toFixed(Math.min(100, precision + 30))
  const tail = exact.slice(exact.indexOf('.') + 1 + precision)
  if (!/^50*$/.test(tail) || Number(rounded.at(-1)) % 2 === 0) return sign + rounded
  const units = BigInt(rounded.replace('.', '')) - 1n
  const digits = units.toString().padStart(precision + 1, '0')
  if (precision === 0) return sign + digits
  return `${sign}${digits.slice(0, -precision)}.${digits.slice(-precision)}`
}
