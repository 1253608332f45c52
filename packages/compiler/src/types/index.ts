export { printRowTypes, type RowColumn, type RowType, type RowTypesFor } from './print-row-types.ts'
export { type RowTypes, type RowTypesOptions, rowTypes } from './row-types.ts'
