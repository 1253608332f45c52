import { selectNodes } from '@strata/compiler'
import type { Node } from '@strata/core'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { openWorkspace } from '../workspace.ts'

interface ListOptions extends SelectionOptions {
  readonly output: 'name' | 'path' | 'json' | 'selector'
  readonly resourceType?: readonly string[]
}

/** `models list`: what a selection picks, one node a line. */
export async function listCommand(invocation: Invocation, options: ListOptions): Promise<number> {
  const workspace = await openWorkspace(invocation, options)
  if (workspace === null) return exitCodes.failed
  const { graph } = workspace.compilation
  const wanted = options.resourceType?.map((type) => (type === 'test' ? 'data_test' : type))
  const selected = selectNodes(graph, { select: options.select ?? [], exclude: options.exclude ?? [] })
  const listed = selected.filter((node) => wanted === undefined || wanted.includes(node.kind))
  const form = options.json ? 'json' : options.output
  for (const node of listed) invocation.terminal.out(describe(node, form))
  if (listed.length === 0) invocation.terminal.err('The selection holds no node of that type.')
  return exitCodes.success
}

function describe(node: Node, form: ListOptions['output']): string {
  if (form === 'path') return node.location.file
  if (form === 'selector') return selectorOf(node)
  if (form === 'name') return `${node.kind.padEnd(9)}  ${node.name}`
  const { id, kind, name, tags, parents, description } = node
  const relation =
    node.kind === 'model' || node.kind === 'source' ? `${node.relation.schema}.${node.relation.name}` : null
  const config = node.kind === 'model' ? node.config : null
  return JSON.stringify({
    id,
    kind,
    name,
    path: node.location.file,
    relation,
    config,
    tags,
    parents,
    description,
  })
}

/** Text that selects this node alone. */
function selectorOf(node: Node): string {
  if (node.kind === 'source') return `source:${node.name}`
  if (node.kind === 'job') return `job:${node.name}`
  return node.fqn.join('.')
}
