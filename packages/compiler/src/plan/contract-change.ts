import {
  type Change,
  type Contract,
  type Graph,
  type NodeId,
  type StoredContract,
  storedContract,
} from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
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

/** Models and snapshots that read it, through ephemeral models as well, and the exposures of whatever is made of it. */
function readers(id: NodeId, graph: Graph): readonly string[] {
  const passing = new Set([id])
  const behind = new Set([id])
  const names: string[] = []
  const exposures: string[] = []
  for (const node of graph.nodes) {
    if (!node.parents.some((parent) => behind.has(parent))) continue
    if (node.kind === 'exposure') exposures.push(`the exposure ${node.name}`)
    if (node.kind !== 'model' && node.kind !== 'snapshot') continue
    behind.add(node.id)
    if (!node.parents.some((parent) => passing.has(parent))) continue
    if (isEphemeral(node)) passing.add(node.id)
    else names.push(node.name)
  }
  return [...names, ...exposures]
}
