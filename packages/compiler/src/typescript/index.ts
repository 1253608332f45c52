export type { ContextServices } from './create-context.ts'
export type { ModelContext, ModelFunction, ModelTarget, Relation } from './model-context.ts'
export { renderTypeScript } from './render-typescript.ts'
export {
  isTypeScript,
  type LoadedModels,
  type ModelSource,
  type TypeScriptModel,
} from './typescript-model.ts'
