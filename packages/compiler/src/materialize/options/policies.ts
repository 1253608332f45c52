import { createHash } from 'node:crypto'
import {
  type Concern,
  type Json,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type RelationName,
} from '@strata/core'
import { asTexts, markStart } from './physical-options.ts'
import { roleList } from './role-list.ts'

interface WantedPolicy {
  readonly name: string
  /** What stands behind the table's name. */
  readonly body: string
  readonly mark: string
}

type Present = NonNullable<RelationFacts['rowSecurity']>

const none: Present = { enabled: false, forced: false, policies: [] }

export const aboutPolicies: Concern = {
  what: 'its option policies',
  hint: 'Each has a name, and `using` or `with_check`: a condition on the columns of the table; `roles` are there in the database.',
}

/**
 * Row-level security as the configuration has it: policies of others stay, those that Strata made and that are no longer asked
 * for go. `present`: those that the table has by then. An empty list means that nobody but the owner sees a row.
 */
export function policyStatements(
  config: { readonly [option: string]: Json },
  on: RelationName,
  present: RelationFacts['rowSecurity'] = none,
): readonly string[] {
  const declared = config['policies']
  const wanted = Array.isArray(declared) ? declared.flatMap(wantedPolicy) : null
  const target = quoteRelation(on)
  const ours = present.policies.filter(({ comment }) => comment?.startsWith(markStart) === true)
  const kept = (wanted ?? []).filter(({ name, mark }) =>
    ours.some((one) => one.name === name && one.comment === mark),
  )
  const gone = ours.filter(({ name }) => !kept.some((one) => one.name === name))
  const missing = (wanted ?? []).filter((one) => !kept.includes(one))
  const forced = config['force_row_security'] === true
  const switches =
    wanted === null
      ? ours.length > 0 && ours.length === present.policies.length
        ? ['disable row level security', ...(present.forced ? ['no force row level security'] : [])]
        : []
      : [
          ...(present.enabled ? [] : ['enable row level security']),
          ...(forced === present.forced ? [] : [`${forced ? '' : 'no '}force row level security`]),
        ]
  return [
    ...gone.map(({ name }) => `drop policy ${quoteIdentifier(name)} on ${target}`),
    ...missing.flatMap(({ name, body, mark }) => [
      `create policy ${quoteIdentifier(name)} on ${target} ${body}`,
      `comment on policy ${quoteIdentifier(name)} on ${target} is ${quoteLiteral(mark)}`,
    ]),
    ...switches.map((change) => `alter table ${target} ${change}`),
  ]
}

function wantedPolicy(written: Json): readonly WantedPolicy[] {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return []
  const policy = written as { readonly [option: string]: Json }
  const { name, command, using, with_check: withCheck, permissive } = policy
  if (typeof name !== 'string') return []
  const roles = asTexts(policy['roles'])
  const body = [
    `as ${permissive === false ? 'restrictive' : 'permissive'}`,
    `for ${typeof command === 'string' ? command : 'all'}`,
    `to ${roles.length === 0 ? 'public' : roleList(roles)}`,
    ...(typeof using === 'string' ? [`using (${using})`] : []),
    ...(typeof withCheck === 'string' ? [`with check (${withCheck})`] : []),
  ].join(' ')
  const hash = createHash('md5').update(body).digest('hex').slice(0, 10)
  return [{ name, body, mark: `${markStart}${hash}` }]
}
