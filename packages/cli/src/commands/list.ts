import type { Node } from '@strata/core'
import { exitCodes, type Invocation, type SelectionOptions } from '../invocation.ts'
import { selectNodes } from '../select-nodes.ts'
import { namesSources, withJobsOfSources } from '../selected-jobs.ts'
import { openWorkspace } from '../workspace.ts'

interface ListOptions extends SelectionOptions {
  readonly output: 'name' | 'path' | 'json' | 'selector'
}

/** `models list`: what a selection picks, one node a line. */
export async function listCommand(invocation: Invocation, options: ListOptions): Promise<number> {
  const workspace = await openWorkspace(invocation, options, { command: 'list', keepsWarnings: true })
  if (workspace === null) return exitCodes.failed
  const selected = await selectNodes(invocation, workspace, options)
  const listed = listsJobs(options)
    ? withJobsOfSources(selected, workspace.compilation.graph.nodes)
    : selected
  const form = options.json ? 'json' : options.output
  for (const node of listed) invocation.terminal.out(describe(node, form))
  if (listed.length === 0)
    invocation.terminal.err(
      namesTypes(options) ? 'The selection holds no node of that type.' : 'The selection holds nothing.',
    )
  return exitCodes.success
}

function namesTypes({ resourceType = [], excludeResourceType = [] }: ListOptions): boolean {
  return resourceType.length + excludeResourceType.length > 0
}

/** As a run lands them: with the tables of a source that is named come the jobs that land them. */
function listsJobs(options: ListOptions): boolean {
  const { resourceType = [], excludeResourceType = [] } = options
  const isWanted = resourceType.length === 0 || resourceType.some((type) => type === 'job' || type === 'all')
  return namesSources(options) && isWanted && !excludeResourceType.includes('job')
}

function describe(node: Node, form: ListOptions['output']): string {
  if (form === 'path') return node.location.file
  if (form === 'selector') return selectorOf(node)
  if (form === 'name') return `${node.kind.padEnd(9)}  ${node.name}${idleNote(node)}`
  const { id, kind, name, tags, parents, description } = node
  const relation = 'relation' in node ? `${node.relation.schema}.${node.relation.name}` : null
  const config = 'config' in node ? node.config : null
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
    ...(node.kind === 'job' ? { active: node.job.active, reason: node.job.reason } : {}),
  })
}

function idleNote(node: Node): string {
  if (node.kind !== 'job' || node.job.active) return ''
  return `  (not active${node.job.reason === null ? '' : `: ${node.job.reason}`})`
}

/** Text that selects this node alone. */
function selectorOf(node: Node): string {
  if (node.kind === 'source') return `source:${node.name}`
  if (node.kind === 'job') return `job:${node.name}`
  if (node.kind === 'exposure') return `exposure:${node.name}`
  if (node.kind === 'unit_test') return `unit_test:${node.name}`
  return node.fqn.join('.')
}
