export { loadSqlParser } from '../sql/parse-sql.ts'
export {
  type ChangedColumn,
  type ChangedRows,
  type ColumnImpact,
  columnImpact,
  type ImpactTarget,
} from './column-impact.ts'
export { columnOrigins, type FindOrigins, isBottom, type Origin } from './column-origins.ts'
export { columnPlace, locateInOwnFile } from './column-place.ts'
export type { RelationNode } from './find-node.ts'
export {
  type ColumnLineage,
  type DirectKind,
  directKinds,
  type GraphLineage,
  graphLineage,
  indirectKinds,
  type NodeLineage,
  type NodeUse,
} from './graph-lineage.ts'
export type { LocateInFull, Mention } from './mentions.ts'
export { findNamedColumn, type NamedColumn } from './named-column.ts'
export type { IndirectKind } from './query-lineage.ts'
