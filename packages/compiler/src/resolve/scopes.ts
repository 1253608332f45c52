import type { RenderScope } from './render-scope.ts'

/** The scope of templates that stand in YAML files: no node, no graph, no database. */
export function yamlScope(packageName: string): RenderScope {
  return {
    packageName,
    execute: false,
    isIncremental: false,
    self: null,
    resolve: (reference) =>
      reference.kind === 'ref'
        ? { schema: '', name: reference.name, cte: false }
        : { schema: reference.sourceName, name: reference.tableName, cte: false },
    configure() {},
    config: null,
    increment: (_reference, relation) => relation.name,
    ask: () => ({ columns: [], rows: [], rowCount: 0 }),
    model: null,
    log() {},
  }
}
