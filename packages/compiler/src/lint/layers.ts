import type { Graph, ModelNode, NodeId } from '@strata/core'
import type { LintSettings } from '../project/lint-settings.ts'
import { evaluateDefinition } from '../select/select-nodes.ts'

/** Which models stand at the two ends of the project. */
export interface Layers {
  /** It takes in a source as it is. */
  isStaging(model: ModelNode): boolean
  /** It is for readers outside. */
  isGold(model: ModelNode): boolean
}

/** By the selectors of the project file, else by folders, names and schemas. Throws `ConfigurationError` for a bad selector. */
export function layersOf(graph: Graph, settings: LintSettings): Layers {
  const chosen = (selectors: readonly string[] | null): ReadonlySet<NodeId> | null =>
    selectors === null
      ? null
      : new Set(selectors.flatMap((selector) => evaluateDefinition(graph, selector).map(({ id }) => id)))
  const staging = chosen(settings.staging)
  const gold = chosen(settings.gold)
  return {
    isStaging: (model) => staging?.has(model.id) ?? looksLike(model, stagingFolders, /^(?:stg|base)_/),
    isGold: (model) => gold?.has(model.id) ?? looksLike(model, goldFolders, /^gold_/),
  }
}

const stagingFolders: ReadonlySet<string> = new Set(['staging', 'stage', 'stg', 'base', 'bronze', 'raw'])
const goldFolders: ReadonlySet<string> = new Set(['gold', 'mart', 'marts'])

function looksLike(
  { location, relation, name }: ModelNode,
  words: ReadonlySet<string>,
  names: RegExp,
): boolean {
  const schema = relation.schema.toLowerCase()
  return (
    names.test(name) ||
    location.file
      .split('/')
      .slice(0, -1)
      .some((folder) => words.has(folder.toLowerCase())) ||
    [...words].some((word) => schema === word || schema.endsWith(`_${word}`))
  )
}
