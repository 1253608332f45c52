import { toFixed } from '../operations/to-fixed.ts'

/** Python's `round(number, precision)`: to the nearest, and to the even digit where both are equally near. */
export function roundHalfEven(number: number, precision: number): number {
  if (!Number.isFinite(number) || precision > 22) return number
  if (precision >= 0) return Number(toFixed(number, precision))
  const scale = 10 ** -precision
  return Number(toFixed(number / scale, 0)) * scale
}
