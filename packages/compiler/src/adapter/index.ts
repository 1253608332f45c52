export { type AdapterHost, databaseName } from './adapter-host.ts'
export { adapterValue } from './adapter-value.ts'
export { apiValue } from './api-value.ts'
export { columnValue } from './column-value.ts'
export { type ExceptionsHost, exceptionsValue, tryOrCompilerError } from './exceptions.ts'
export { type FlagSettings, flagsValue, invocationArguments } from './flags.ts'
export { quoteName, quoteText } from './quote-name.ts'
export { type RelationState, relationState, renderRelation } from './relation-state.ts'
export {
  type KnownRelation,
  referenceOf,
  relationFromState,
  relationOfValue,
  relationValue,
} from './relation-value.ts'
export { resultTable, tableOfValue } from './result-table.ts'
export { statementFunctions } from './statement-functions.ts'
