import {
  type Json,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type RelationFacts,
} from '@strata/core'
import { asTexts, concern } from './physical-options.ts'
import { roleName } from './role-list.ts'

type Step = Pick<ModelStep, 'relation'> & { readonly config: { readonly [option: string]: Json } }

/**
 * GRANT and REVOKE of what differs: whoever is listed for a privilege has it, and nobody else but the owner. Privileges
 * that the configuration does not speak of stay. `present`: those that the relation has by then; null: it is new.
 */
export function grantActions(step: Step, present: RelationFacts['grants'] | null): readonly PublishAction[] {
  const declared = step.config['grants']
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) return []
  return Object.entries(declared).flatMap(([written, grantees]) => {
    const privilege = written.trim().toLowerCase()
    const wanted = [...new Set(asTexts(grantees).map(roleName))]
    const has = (present ?? []).filter((grant) => grant.privilege === privilege).map(({ grantee }) => grantee)
    const missing = wanted.filter((role) => !has.includes(role))
    const surplus = has.filter((role) => !wanted.includes(role))
    const on = `on ${quoteRelation(step.relation)}`
    return [
      ...(surplus.length > 0 ? [carryOut(`revoke ${asKeyword(privilege)} ${on} from ${list(surplus)}`)] : []),
      ...(missing.length > 0 ? [carryOut(`grant ${asKeyword(privilege)} ${on} to ${list(missing)}`)] : []),
    ]
  })
}

function carryOut(sql: string): PublishAction {
  return { kind: 'execute', sql, about: concern('grants') }
}

function list(roles: readonly (string | null)[]): string {
  return roles.map((role) => (role === null ? 'public' : quoteIdentifier(role))).join(', ')
}

/** A privilege is a keyword and cannot be quoted. */
function asKeyword(privilege: string): string {
  return /^[a-z ]+$/.test(privilege) ? privilege : quoteIdentifier(privilege)
}
