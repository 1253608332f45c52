/** `12,345` */
export function formatCount(count: number): string {
  // A locale takes longer to load than the count to make.
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
