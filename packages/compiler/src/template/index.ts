export { blockTemplate, collectMacros, macroValue } from './collect-macros.ts'
export { datetimeValue } from './globals/modules/datetime-value.ts'
export { modules } from './globals/modules/modules.ts'
export {
  type EvaluateResult,
  evaluateTemplate,
  type RenderOptions,
  type RenderResult,
  renderTemplate,
} from './render-template.ts'
export { locate } from './syntax/locate.ts'
export { type ParseResult, parseTemplate } from './syntax/parse-template.ts'
export type {
  BlockStatement,
  BlockTag,
  Expression,
  SourceText,
  Statement,
  Template,
} from './syntax/template.ts'
export { TemplateError, type TemplateErrorCode, type TemplateErrorOptions } from './template-error.ts'
export {
  type Piece,
  placeFinder,
  slicePieces,
  type TracedPlace,
  type Via,
} from './trace/traced-text.ts'
export { dict, getEntry, setEntry, setOf, tuple } from './values/collections.ts'
export { fromJson, toJson } from './values/convert.ts'
export { type HostObjectDefinition, hostFunction, hostObject } from './values/host.ts'
export { float } from './values/number.ts'
export { print } from './values/print.ts'
export { truthy } from './values/truthy.ts'
export { typeName } from './values/type-name.ts'
export type {
  Arguments,
  Dict,
  HostArguments,
  HostFunction,
  HostObject,
  Macro,
  TemplateContext,
  Tuple,
  Value,
} from './values/value.ts'
