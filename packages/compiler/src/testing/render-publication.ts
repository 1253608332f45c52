import {
  type AskedRow,
  displayRelation,
  type Exchange,
  type Publication,
  type PublishAction,
} from '@strata/core'

/** What a question of a publication is answered with. */
export type AnswerOf = (sql: string) => readonly AskedRow[]

/** A publication as SQL for a golden file. Questions are followed where `answerOf` is given. */
export function renderPublication(publication: Publication, answerOf?: AnswerOf): string {
  const { action, reason, boundSetting, after = [] } = publication
  const parts = [
    `-- ${action}: ${reason}`,
    ...(boundSetting === undefined ? [] : [`-- the bound is left in ${boundSetting}`]),
    ...publication.actions.flatMap((one) => renderAction(one, answerOf)),
    ...after.map(({ sql, about }) => `-- after the commit (${about.what})\n${sql};`),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Every statement of it that needs no answer. */
export function statementsOf(action: PublishAction): readonly string[] {
  if (action.kind === 'attempt') return [...action.statements, ...action.otherwise]
  if (action.kind === 'alter_first') return action.statements
  if (action.kind === 'gate') return []
  if (action.kind !== 'exchange') return [action.sql]
  return [...action.locks, ...action.statements, ...action.carryOver]
}

function renderAction(action: PublishAction, answerOf: AnswerOf | undefined): readonly string[] {
  switch (action.kind) {
    case 'exchange':
      return renderExchange(action)
    case 'attempt':
      return [
        `-- attempt\n${inLines(action.statements)}`,
        `-- otherwise, on SQLSTATE 22:\n${inLines(action.otherwise)}`,
      ]
    case 'gate':
      return [`-- gate on ${displayRelation(action.relation)}`]
    case 'alter_first':
      return [`-- alter first (${action.said})\n${inLines(action.statements)}`]
    case 'ask': {
      const asked = `-- ask\n${action.sql};`
      if (answerOf === undefined) return [asked]
      const rows = answerOf(action.sql)
      const { actions, action: called, reason, remark } = action.proceed(rows)
      const named = [called, reason, remark].filter((one) => one !== undefined)
      const note = `-- answered ${JSON.stringify(rows)}${named.length === 0 ? '' : `: ${named.join(': ')}`}`
      return [asked, note, ...actions.flatMap((one) => renderAction(one, answerOf))]
    }
    default:
      return [`-- ${action.kind}${noteOf(action)}\n${action.sql};`]
  }
}

function noteOf(action: Extract<PublishAction, { kind: 'execute' | 'assert_empty' | 'count' }>): string {
  const notes = [
    action.kind === 'execute' ? action.counts : action.kind === 'assert_empty' ? action.code : undefined,
    action.kind === 'count' ? undefined : action.about?.what,
  ].filter((note) => note !== undefined)
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`
}

function renderExchange(exchange: Exchange): readonly string[] {
  const section = (name: string, statements: readonly string[]) =>
    statements.length === 0 ? [] : [`-- exchange: ${name}\n${inLines(statements)}`]
  const { former, otherwise } = exchange
  return [
    ...section('locks', exchange.locks),
    ...section('statements', exchange.statements),
    ...section(
      'repoint',
      exchange.repoint.map(({ sql }) => sql),
    ),
    ...(former === null ? [] : [`-- exchange: drop the former ${former.kind} "${former.relation.name}"`]),
    ...section('carry over', exchange.carryOver),
    ...(otherwise === undefined
      ? []
      : [`-- otherwise, on ${otherwise.sqlstates.join(', ')}:`, ...renderExchange(otherwise.exchange)]),
  ]
}

function inLines(statements: readonly string[]): string {
  return statements.map((sql) => `${sql.replace(/;$/, '')};`).join('\n')
}
