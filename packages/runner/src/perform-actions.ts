import { type Counts, type PublishAction, type Session, StrataError } from '@strata/core'
import { inTermsOfSelect } from './in-terms-of-select.ts'
import { type ExchangeOptions, performExchange } from './perform-exchange.ts'

export interface Performed {
  readonly counts: Counts
  /** Views of ours that stay on the former relation until their own steps. */
  readonly leftBehind: readonly string[]
}

/** Carries out a publication's actions in their order, inside the caller's transaction. */
export async function performActions(
  transaction: Session,
  actions: readonly PublishAction[],
  options: ExchangeOptions,
): Promise<Performed> {
  const counts: { -readonly [name in keyof Counts]: Counts[name] } = {}
  const leftBehind: string[] = []
  for (const action of actions) {
    switch (action.kind) {
      case 'execute': {
        const { rowCount } = await inTermsOfSelect(action.select, () => transaction.query(action.sql))
        if (action.counts !== undefined) counts[action.counts] = (counts[action.counts] ?? 0) + rowCount
        break
      }
      case 'assert_empty':
        await assertEmpty(transaction, action)
        break
      case 'count': {
        const { rows } = await transaction.query<{ rows: string }>(action.sql)
        counts.rows = Number(rows[0]!.rows)
        break
      }
      case 'exchange':
        leftBehind.push(
          ...(await inTermsOfSelect(action.select, () => performExchange(transaction, action, options))),
        )
        break
    }
  }
  return { counts, leftBehind }
}

async function assertEmpty(
  transaction: Session,
  action: Extract<PublishAction, { kind: 'assert_empty' }>,
): Promise<void> {
  const { rows } = await transaction.query<{ key: string }>(action.sql)
  if (rows.length === 0) return
  const { code, message, hint } = action
  throw new StrataError({ code, message: `${message}: ${rows.map((row) => row.key).join('; ')}`, hint })
}
