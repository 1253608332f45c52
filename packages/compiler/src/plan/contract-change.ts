import {
  type Change,
  type Contract,
  type Graph,
  type NodeId,
  type StoredContract,
  storedContract,
} from '@strata/core'
import { contractBreaks, type Promised } from '../select/contract-breaks.ts'

const nothing: Promised = { columns: null, constraints: [] }

/** What a model promises that it did not, or no longer does, and who reads it. */
export function contractChange(
  id: NodeId,
  before: StoredContract | undefined,
  now: Contract | undefined,
  graph: Graph,
): readonly Change[] {
  const [was, is] = [promised(before), promised(now === undefined ? undefined : storedContract(now))]
  const breaks = contractBreaks(was, is)
  const adds = is.constraints.filter((rule) => !was.constraints.includes(rule))
  if (breaks.length + adds.length === 0) return []
  return [{ kind: 'contract', breaks, adds, affects: breaks.length === 0 ? [] : readers(id, graph) }]
}

function promised(contract: StoredContract | undefined): Promised {
  if (contract === undefined) return nothing
  const { columns, constraints } = contract
  return { columns, constraints: constraints.map(({ definition }) => definition) }
}

/** Models, snapshots and exposures that read it, through ephemeral models as well. */
function readers(id: NodeId, graph: Graph): readonly string[] {
  const passing = new Set([id])
  const names: string[] = []
  for (const node of graph.nodes) {
    if (!node.parents.some((parent) => passing.has(parent))) continue
    if (node.kind === 'model' && node.config.materialized === 'ephemeral') passing.add(node.id)
    else if (node.kind === 'model' || node.kind === 'snapshot' || node.kind === 'exposure')
      names.push(node.kind === 'exposure' ? `the exposure ${node.name}` : node.name)
  }
  return names
}
