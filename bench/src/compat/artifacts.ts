import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RecordedNode } from './recording.ts'

interface ManifestNode {
  readonly unique_id: string
  readonly resource_type: string
  readonly name: string
  readonly schema?: string
  readonly alias?: string
  readonly config?: { readonly materialized?: string }
}

/** One entry of `run_results.json`. */
export interface NodeResult {
  readonly unique_id: string
  readonly status: string
  readonly message: string | null
  readonly failures: number | null
  readonly execution_time: number
}

/** The results that the last command left in a target folder; none where it wrote none. */
export function readResults(targetFolder: string): readonly NodeResult[] {
  const path = join(targetFolder, 'run_results.json')
  if (!existsSync(path)) return []
  return (JSON.parse(readFileSync(path, 'utf8')) as { results: NodeResult[] }).results
}

/**
 * The nodes of the manifest in a target folder, each with its result, without what stands in the database.
 * Both tools write the shape of dbt's artifacts, so one reader serves both.
 */
export function readNodes(
  targetFolder: string,
  results: ReadonlyMap<string, NodeResult>,
): readonly RecordedNode[] {
  const path = join(targetFolder, 'manifest.json')
  if (!existsSync(path)) return []
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly nodes: { readonly [id: string]: ManifestNode }
    readonly unit_tests?: { readonly [id: string]: ManifestNode }
  }
  const nodes = [...Object.values(manifest.nodes), ...Object.values(manifest.unit_tests ?? {})]
  return nodes.filter(isRunnable).map((node) => {
    const result = results.get(node.unique_id)
    const materialized = node.config?.materialized ?? null
    return {
      id: node.unique_id,
      kind: node.resource_type,
      name: node.name,
      materialized,
      status: result?.status ?? null,
      message: result?.message ?? null,
      failures: result?.failures ?? null,
      seconds: result?.execution_time ?? 0,
      relation: isRelation(node) ? { schema: node.schema ?? '', name: node.alias ?? node.name } : null,
      content: null,
    }
  })
}

function isRunnable(node: ManifestNode): boolean {
  return ['model', 'seed', 'snapshot', 'test', 'unit_test'].includes(node.resource_type)
}

function isRelation(node: ManifestNode): boolean {
  return (
    ['model', 'seed', 'snapshot'].includes(node.resource_type) && node.config?.materialized !== 'ephemeral'
  )
}
