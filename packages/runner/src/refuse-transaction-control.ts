import { StrataError, sqlTokens } from '@strata/core'

const controls = new Set([
  'abort',
  'begin',
  'commit',
  'end',
  'prepare',
  'release',
  'rollback',
  'savepoint',
  'start',
])

/** What a template of a test asks stays in the transaction that is undone after it. Throws `TRANSACTION_CONTROL`. */
export function refuseTransactionControl(sql: string, who: string): void {
  let begins = true
  for (const { kind, text } of sqlTokens(sql)) {
    if (begins && kind === 'word' && controls.has(text.toLowerCase())) {
      throw new StrataError({
        code: 'TRANSACTION_CONTROL',
        message: `the template of ${who} asks for ${text.toUpperCase()}: what a test does is undone, and it may not end that`,
        hint: 'Leave transactions out of it; what is to stay belongs into a hook.',
      })
    }
    begins = text === ';'
  }
}
