import { type Diagnostic, StrataError } from '@strata/core'
import { bundleModels } from './bundle-models.ts'
import { evaluateModel } from './evaluate-model.ts'
import { isTypeScript, type LoadedModels, type ModelSource } from './typescript-model.ts'

/**
 * Runs the code of the `.ts` files among models, once, for what it exports. `directory` is the project's, without symbolic
 * links in its path. A mistake in a model is a diagnostic; throws `StrataError` where esbuild is not installed.
 */
export async function loadModels(directory: string, models: readonly ModelSource[]): Promise<LoadedModels> {
  const files = models.filter(({ path }) => isTypeScript(path))
  if (files.length === 0) return { models, diagnostics: [] }
  const { build } = await findBundler()
  const { bundles, diagnostics } = await bundleModels(directory, files, build as never)
  const complaints: Diagnostic[] = [...diagnostics]
  const loaded = new Map(
    files.map((file, index): [string, ModelSource] => {
      const bundle = bundles[index]
      if (bundle === null || bundle === undefined) return [file.path, { ...file, typescript: null }]
      const evaluated = evaluateModel(directory, file, bundle)
      complaints.push(...evaluated.diagnostics)
      return [file.path, { ...file, typescript: evaluated.model }]
    }),
  )
  return { models: models.map((model) => loaded.get(model.path) ?? model), diagnostics: complaints }
}

async function findBundler(): Promise<typeof import('esbuild')> {
  // No literal, so that a bundle of Strata leaves it alone: esbuild finds its binary beside its own files.
  const name: string = 'esbuild'
  try {
    return (await import(name)) as typeof import('esbuild')
  } catch (cause) {
    throw new StrataError({
      code: 'NO_ESBUILD',
      message: 'the project has .ts models, and esbuild, which reads TypeScript, cannot be loaded',
      hint: 'Install it beside Strata: npm install esbuild. Models in .sql files do not need it.',
      cause,
    })
  }
}
