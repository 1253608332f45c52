/** How many transactions there are before the numbers that rows carry begin anew. */
const epoch = 2n ** 32n

/**
 * The condition on rows whose system column `xmin` lies between the oldest transaction that the first snapshot (as text) did
 * not know the end of and the first that the second one had not seen begin. A row keeps the low half of its number for ever,
 * whether it is frozen or the table is written anew by VACUUM FULL, so the distance is taken modulo 2^32: an old row may be
 * read again, a new one is never missed, nor one of a subtransaction, whose number is greater than that of its top one.
 */
export function beyondXmin(from: string, to: string): string {
  const horizon = BigInt(from.split(':')[0]!)
  const reach = BigInt(to.split(':')[1]!) - horizon
  if (reach >= epoch) return 'true'
  return `((xmin::text::bigint - ${horizon}) & ${epoch - 1n}) < ${reach}`
}
