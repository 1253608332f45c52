/** Python's `round(number, precision)`: to the nearest, and to the even digit where both are equally near. */
export function roundHalfEven(number: number, precision: number): number {
  if (!Number.isFinite(number) || precision > 22) return number
  if (precision < 0) {
    const scale = 10 ** -precision
    return halfEven(number / scale) * scale
  }
  const size = Math.abs(number)
  if (size >= 1e21) return number
  // toFixed rounds the exact value and only ties upwards; a tie shows as 5 followed by zeros.
  const exact = size.toFixed(Math.min(100, precision + 30))
  const point = exact.indexOf('.')
  const tail = exact.slice(point + 1 + precision)
  const rounded = Number(size.toFixed(precision))
  if (!/^50*$/.test(tail)) return Math.sign(number) * rounded
  const lastDigit = Number(size.toFixed(precision).at(-1))
  const even = lastDigit % 2 === 0 ? rounded : Number((rounded - 10 ** -precision).toFixed(precision))
  return Math.sign(number) * even
}

function halfEven(number: number): number {
  const floor = Math.floor(number)
  const rest = number - floor
  if (rest !== 0.5) return Math.round(number)
  return floor % 2 === 0 ? floor : floor + 1
}
