import { ConfigurationError } from '@strata/core'
import type { GraphIndex } from './graph-index.ts'
import { type Picked, settle, withTests } from './indirect-tests.ts'
import { methodOf } from './methods.ts'
import { type NamedSelector, unknownSelector } from './named-selector.ts'
import { addAll, isEmpty, type NodeSet, reachableFrom } from './node-set.ts'
import { nothingMatches, nothingTogether, type SelectionWarning } from './nothing-selected.ts'
import { parseDefinition } from './parse-definition.ts'
import type { Criterion, IndirectSelection, SelectionTree } from './selection-tree.ts'
import type { StateChanges } from './state-changes.ts'
import { wildcard } from './wildcard.ts'

export interface Evaluation {
  readonly index: GraphIndex
  readonly changes: StateChanges
  /** For criteria that say nothing of their own. */
  readonly indirect: IndirectSelection
  readonly selectors: readonly NamedSelector[]
  /** Filled as parts are found to match nothing without that being an error. */
  readonly warnings: SelectionWarning[]
  /** The named selectors that are evaluated so far. */
  readonly named: Map<string, Picked>
}

/** What a tree picks. Where `strict`, a name that nothing is called by is an error; else it is a warning. */
export function evaluateTree(evaluation: Evaluation, tree: SelectionTree, strict: boolean): Picked {
  return evaluate(evaluation, tree, strict, [])
}

/** `within`: the named selectors that are being evaluated, outermost first. */
function evaluate(
  evaluation: Evaluation,
  tree: SelectionTree,
  strict: boolean,
  within: readonly string[],
): Picked {
  const size = evaluation.index.nodes.length
  if (tree.kind === 'criterion') return evaluateCriterion(evaluation, tree, strict, within)
  if (tree.kind === 'everything') {
    return { direct: new Uint8Array(size).fill(1), pending: new Uint8Array(size) }
  }
  if (tree.kind === 'difference') {
    const from = evaluate(evaluation, tree.from, strict, within)
    return minus(from, evaluate(evaluation, tree.without, false, within))
  }
  const parts = tree.parts.map((part) => evaluate(evaluation, part, strict, within))
  const combined = (tree.kind === 'union' ? union : intersection)(parts, size)
  const picked = settle(evaluation.index, combined)
  if (tree.kind === 'intersection' && isEmpty(picked.direct) && !parts.some((part) => isEmpty(part.direct))) {
    evaluation.warnings.push(nothingTogether(tree.text))
  }
  return picked
}

function evaluateCriterion(
  evaluation: Evaluation,
  criterion: Criterion,
  strict: boolean,
  within: readonly string[],
): Picked {
  if (criterion.method === 'selector') return evaluateNamed(evaluation, criterion, within)
  const { index } = evaluation
  const method = methodOf(criterion)
  const matches = method.find(criterion.value, criterion.argument, evaluation)
  const found = new Uint8Array(index.nodes.length)
  for (let position = 0; position < found.length; position++) {
    if (matches(index.nodes[position]!, position)) found[position] = 1
  }
  if (isEmpty(found) && method.tells !== 'change') {
    const complaint = nothingMatches(criterion, method, evaluation)
    if (strict && method.tells === 'name') throw new ConfigurationError(complaint)
    evaluation.warnings.push(complaint)
  }
  addNeighbours(index, found, criterion)
  return withTests(index, found, criterion.indirect ?? evaluation.indirect)
}

/**
 * `selector:name`, where the name may be a pattern. Tests are as the named selector has them: looking for the tests of its nodes
 * again would bring back those that it excludes.
 */
function evaluateNamed(evaluation: Evaluation, criterion: Criterion, within: readonly string[]): Picked {
  const matches = wildcard(criterion.value)
  const meant = evaluation.selectors.filter((selector) => matches(selector.name))
  if (meant.length === 0) throw unknownSelector(evaluation.selectors, criterion.value)
  const parts = meant.map((selector) => evaluateSelector(evaluation, selector, within))
  const picked = union(parts, evaluation.index.nodes.length)
  addNeighbours(evaluation.index, picked.direct, criterion)
  return picked
}

function evaluateSelector(
  evaluation: Evaluation,
  selector: NamedSelector,
  within: readonly string[],
): Picked {
  const done = evaluation.named.get(selector.name)
  if (done !== undefined) return done
  if (within.includes(selector.name)) {
    const circle = [...within.slice(within.indexOf(selector.name)), selector.name]
    throw new ConfigurationError({
      code: 'SELECTOR_CYCLE',
      message: `the selector "${selector.name}" is defined by itself: ${circle.join(' → ')}`,
      hint: 'Take one of these references out of selectors.yml.',
    })
  }
  const picked = evaluate(evaluation, parseDefinition(selector), false, [...within, selector.name])
  evaluation.named.set(selector.name, picked)
  return picked
}

function addNeighbours(index: GraphIndex, found: NodeSet, criterion: Criterion): void {
  const start = found.slice()
  if (criterion.parents !== null) addAll(found, reachableFrom(index.parents, start, criterion.parents))
  if (criterion.children !== null) addAll(found, reachableFrom(index.children, start, criterion.children))
  if (criterion.childrensParents) {
    addAll(start, reachableFrom(index.children, start))
    addAll(found, start)
    addAll(found, reachableFrom(index.parents, start))
  }
}

function union(parts: readonly Picked[], size: number): Picked {
  const direct = new Uint8Array(size)
  const pending = new Uint8Array(size)
  for (const part of parts) {
    addAll(direct, part.direct)
    addAll(pending, part.pending)
  }
  return { direct, pending }
}

function intersection(parts: readonly Picked[], size: number): Picked {
  const direct = new Uint8Array(size).fill(parts.length === 0 ? 0 : 1)
  const either = direct.slice()
  const waits = new Uint8Array(size)
  for (const part of parts) {
    for (let position = 0; position < size; position++) {
      direct[position]! &= part.direct[position]!
      either[position]! &= part.direct[position]! | (part.pending[position] === 0 ? 0 : 1)
    }
    addAll(waits, part.pending)
  }
  return { direct, pending: waits.map((bits, position) => (either[position] === 0 ? 0 : bits)) }
}

function minus(from: Picked, without: Picked): Picked {
  return {
    direct: from.direct.map((cell, position) => (without.direct[position] !== 0 ? 0 : cell)),
    pending: from.pending.map((cell, position) =>
      without.direct[position] !== 0 || without.pending[position] !== 0 ? 0 : cell,
    ),
  }
}
