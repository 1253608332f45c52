import type { Graph, Node } from '@strata/core'
import { type Evaluation, evaluateTree } from './evaluate-tree.ts'
import { graphIndex } from './graph-index.ts'
import {
  defaultSelector,
  type NamedSelector,
  type SelectorDefinition,
  selectorNamed,
} from './named-selector.ts'
import type { SelectionWarning } from './nothing-selected.ts'
import { oneOf } from './one-of.ts'
import { parseDefinition } from './parse-definition.ts'
import { type BareMethod, parseSelector } from './parse-selector.ts'
import type { PreviousState } from './previous-state.ts'
import { kindOf } from './property-methods.ts'
import { indirectSelections, type SelectionTree } from './selection-tree.ts'
import { stateChanges } from './state-changes.ts'

export interface Selection {
  /** Words of `--select`; none: everything, or the default selector. */
  readonly select: readonly string[]
  readonly exclude: readonly string[]
  readonly bareMethod?: BareMethod | undefined
  /** The name of `--selector`, which stands instead of `select` and `exclude`. */
  readonly selector?: string | undefined
  /** What `selectors.yml` defines. */
  readonly selectors?: readonly NamedSelector[] | undefined
  /** `eager`, `cautious`, `buildable` or `empty`; unset: eager. */
  readonly indirectSelection?: string | undefined
  /** Words for kinds of nodes that alone are wanted, dbt's or ours; `all` and `default` too; unset or empty: any kind. */
  readonly resourceTypes?: readonly string[] | undefined
  readonly excludeResourceTypes?: readonly string[] | undefined
  readonly previous?: PreviousState | undefined
}

export interface Selected {
  /** In graph order. */
  readonly nodes: readonly Node[]
  readonly warnings: readonly SelectionWarning[]
}

/**
 * The nodes that a selection picks, in graph order. Throws `ConfigurationError`: for what cannot be read, with near misses for a
 * name in `select` that matches nothing, for a missing artifact of an earlier run.
 */
export function selectNodes(graph: Graph, selection: Selection): readonly Node[] {
  return selectWithWarnings(graph, selection).nodes
}

/** As `selectNodes`, together with what is probably not as it was meant: a tag or an excluded name that matches nothing. */
export function selectWithWarnings(graph: Graph, selection: Selection): Selected {
  const evaluation = evaluationOf(graph, selection)
  const { tree, strict } = treeOf(selection, evaluation.warnings)
  const { direct } = evaluateTree(evaluation, tree, strict)
  const isWanted = kindFilter(selection)
  return {
    nodes: graph.nodes.filter((node, position) => direct[position] !== 0 && isWanted(node)),
    warnings: evaluation.warnings,
  }
}

/** The nodes that one definition picks, as it may stand in `selectors.yml`. Of `selection` the words are not looked at. */
export function evaluateDefinition(
  graph: Graph,
  definition: SelectorDefinition,
  selection: Omit<Selection, 'select' | 'exclude' | 'selector'> = {},
): readonly Node[] {
  const evaluation = evaluationOf(graph, selection)
  const tree = parseDefinition({ name: '(unnamed)', definition })
  const { direct } = evaluateTree(evaluation, tree, false)
  const isWanted = kindFilter(selection)
  return graph.nodes.filter((node, position) => direct[position] !== 0 && isWanted(node))
}

function evaluationOf(graph: Graph, selection: Partial<Selection>): Evaluation {
  return {
    index: graphIndex(graph),
    changes: stateChanges(graph, selection.previous),
    indirect: oneOf('indirect selection', selection.indirectSelection ?? 'eager', indirectSelections),
    selectors: selection.selectors ?? [],
    warnings: [],
    named: new Map(),
  }
}

function treeOf(
  selection: Selection,
  warnings: SelectionWarning[],
): { readonly tree: SelectionTree; readonly strict: boolean } {
  const { select, exclude, selectors = [] } = selection
  const hasWords = [...select, ...exclude].some((word) => word.trim() !== '')
  const named = selection.selector ? selectorNamed(selectors, selection.selector) : null
  const chosen = named ?? (hasWords ? null : defaultSelector(selectors))
  if (chosen !== null) {
    if (hasWords) {
      warnings.push({
        code: 'SELECTION_IGNORED',
        message: `--select and --exclude are ignored, for --selector ${chosen.name} stands instead of them`,
        hint: `To combine them write --select selector:${chosen.name}.`,
      })
    }
    return { tree: parseDefinition(chosen), strict: false }
  }
  if (!hasWords) return { tree: { kind: 'everything' }, strict: true }
  const from: SelectionTree = select.some((word) => word.trim() !== '')
    ? parseSelector(select, selection.bareMethod)
    : { kind: 'everything' }
  const without = parseSelector(exclude, selection.bareMethod)
  return { tree: { kind: 'difference', from, without }, strict: true }
}

/** dbt's words `all` and, for all that is not merely compiled, `default` stand for many. */
function kindFilter(selection: Partial<Selection>): (node: Node) => boolean {
  const wanted = (selection.resourceTypes ?? []).map(kindMatch)
  const unwanted = (selection.excludeResourceTypes ?? []).map(kindMatch)
  return (node) =>
    (wanted.length === 0 || wanted.some((matches) => matches(node))) &&
    !unwanted.some((matches) => matches(node))
}

function kindMatch(word: string): (node: Node) => boolean {
  if (word === 'all') return () => true
  if (word === 'default') return (node) => node.kind !== 'analysis'
  const kind = kindOf(word)
  return (node) => node.kind === kind
}
