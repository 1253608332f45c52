export { checkGraph } from './check-graph.ts'
export type {
  CheckedGraph,
  CheckOptions,
  Scratch,
  SqlForm,
  SqlPlace,
  TypedColumn,
  Unchecked,
} from './checked-graph.ts'
