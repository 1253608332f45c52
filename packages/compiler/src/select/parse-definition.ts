import { ConfigurationError, type Json } from '@strata/core'
import { type NamedSelector, placeOf } from './named-selector.ts'
import { parseSelector } from './parse-selector.ts'
import { type Criterion, indirectSelections, type SelectionTree } from './selection-tree.ts'

type Members = { readonly [key: string]: Json }

/** Ends with a `ConfigurationError` that names the selector. */
type Refuse = (what: string, hint: string) => never

/** The definition of a named selector as a tree. Throws `ConfigurationError` that names the selector and the part. */
export function parseDefinition(selector: NamedSelector): SelectionTree {
  return treeOf(selector.definition, (what, hint) => {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR_DEFINITION',
      message: `the selector "${selector.name}"${placeOf(selector)} ${what}`,
      hint,
    })
  })
}

function treeOf(definition: Json, refuse: Refuse): SelectionTree {
  if (typeof definition === 'string') return parseSelector([definition])
  const members = membersOf(definition)
  if (members === null) {
    return refuse(
      `holds ${JSON.stringify(definition)} where a definition should stand`,
      'A definition is a text such as tag:nightly, or an object with method and value, union, or intersection.',
    )
  }
  for (const operator of ['union', 'intersection'] as const) {
    if (!Object.hasOwn(members, operator)) continue
    const others = Object.keys(members).filter((key) => key !== operator && key !== 'exclude')
    if (others.length > 0) {
      refuse(`has ${others.join(', ')} beside ${operator}`, `Put them into the list of the ${operator}.`)
    }
    return without(groupOf(operator, members[operator]!, refuse), members['exclude'], refuse)
  }
  return without(criterionOf(members, refuse), members['exclude'], refuse)
}

function groupOf(kind: 'union' | 'intersection', list: Json, refuse: Refuse): SelectionTree {
  if (!Array.isArray(list)) {
    return refuse(
      `has a ${kind} that is no list`,
      `Write the parts of the ${kind} as a list, each behind a dash.`,
    )
  }
  const excludes = list.map(membersOf).filter((part) => part !== null && isExclusion(part))
  if (excludes.length > 1) {
    refuse(`has two excludes in one ${kind}`, 'Put all that is excluded into one list.')
  }
  const parts = list
    .filter((part: Json) => !isExclusion(membersOf(part)))
    .map((part: Json) => treeOf(part, refuse))
  return without({ kind, text: kind, parts }, excludes[0]?.['exclude'], refuse)
}

function isExclusion(members: Members | null): boolean {
  return members !== null && Object.keys(members).length === 1 && Object.hasOwn(members, 'exclude')
}

function without(from: SelectionTree, exclude: Json | undefined, refuse: Refuse): SelectionTree {
  if (exclude === undefined) return from
  if (!Array.isArray(exclude)) {
    return refuse('has an exclude that is no list', 'Write what is excluded as a list, each behind a dash.')
  }
  const parts = exclude.map((part: Json) => treeOf(part, refuse))
  return { kind: 'difference', from, without: { kind: 'union', text: 'exclude', parts } }
}

/** `{method: tag, value: nightly, …}` or `{tag: nightly}`. Other keys are passed over, as dbt does. */
function criterionOf(members: Members, refuse: Refuse): Criterion {
  const keys = Object.keys(members)
  const short = keys.filter((key) => key !== 'exclude')
  const isLong = Object.hasOwn(members, 'method') && Object.hasOwn(members, 'value')
  if (!isLong && (short.length !== 1 || short[0] === 'method' || short[0] === 'value')) {
    return refuse(
      `has a part with the keys ${keys.join(', ') || '(none)'}`,
      'A criterion has method and value, or the one as the key of the other: tag: nightly.',
    )
  }
  const method = isLong ? members['method'] : short[0]
  const value = isLong ? members['value'] : members[short[0]!]
  if (typeof method !== 'string' || value === '' || (typeof value === 'object' && value !== null)) {
    return refuse(
      `has ${JSON.stringify(isLong ? { method, value } : members)}, which is no method with a single value`,
      'For several values write a union of criteria.',
    )
  }
  const dot = method.indexOf('.')
  const flag = (key: string) => isLong && (members[key] === true || /^true$/i.test(String(members[key])))
  const depth = (key: string) => (flag(key) ? depthOf(members[`${key}_depth`], `${key}_depth`, refuse) : null)
  const criterion: Criterion = {
    kind: 'criterion',
    text: `${method}:${String(value)}`,
    method: dot === -1 ? method : method.slice(0, dot),
    argument: dot === -1 ? '' : method.slice(dot + 1),
    value: String(value),
    parents: depth('parents'),
    children: depth('children'),
    childrensParents: flag('childrens_parents'),
    indirect: isLong ? indirectOf(members['indirect_selection'], refuse) : null,
  }
  if (criterion.childrensParents && criterion.children !== null) {
    refuse(
      `has children and childrens_parents for ${criterion.text}`,
      'childrens_parents takes the children already.',
    )
  }
  return criterion
}

function depthOf(depth: Json | undefined, key: string, refuse: Refuse): number {
  if (depth === undefined || depth === null) return Number.POSITIVE_INFINITY
  const number = typeof depth === 'number' ? depth : Number.parseInt(String(depth), 10)
  if (Number.isInteger(number) && number >= 0) return number
  return refuse(
    `has ${key}: ${JSON.stringify(depth)}`,
    'Write a whole number of levels, or leave it out for all of them.',
  )
}

function indirectOf(mode: Json | undefined, refuse: Refuse): Criterion['indirect'] {
  if (mode === undefined || mode === null) return null
  const found = indirectSelections.find((known) => known === mode)
  return (
    found ??
    refuse(`has indirect_selection: ${JSON.stringify(mode)}`, `There are ${indirectSelections.join(', ')}.`)
  )
}

function membersOf(value: Json): Members | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null
}
