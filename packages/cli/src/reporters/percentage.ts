/** Down to what is still true: 99.99 % is not 100 %. */
export function percentage(rate: number): string {
  return rate === 1 ? '100 %' : `${(Math.floor(rate * 1000) / 10).toFixed(1)} %`
}
