import type { Diagnostic, Json, UnitTestNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { asStrings, isMapping } from './merge-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { PackageProject } from './package-project.ts'
import type { Resolution } from './resolution.ts'

/** The unit tests that one package declares, each a child of its model. */
export function unitTestNodes(
  package_: PackageProject,
  models: readonly ModelDraft[],
  resolution: Resolution,
): { readonly unitTests: readonly UnitTestNode[]; readonly diagnostics: readonly Diagnostic[] } {
  const packageName = package_.project.name
  const diagnostics: Diagnostic[] = []
  const unitTests = package_.declared.unitTests.flatMap(({ value, document, path }): UnitTestNode[] => {
    const location = document.locate([...path, 'name'])
    const fqn = [packageName, value.model, value.name]
    const config = resolution.configs.of('unitTests', packageName, fqn, [value], {})
    if (config['enabled'] === false) return []
    const tested = models.filter((model) => model.packageName === packageName && model.name === value.model)
    if (tested.length === 0) {
      diagnostics.push({
        code: 'UNKNOWN_REF',
        severity: 'error',
        message: `the unit test "${value.name}" is about "${value.model}", which is no model`,
        hint:
          didYouMean(
            value.model,
            models.map((model) => model.name),
          ) ?? '`models list --resource-type model` shows the models there are.',
        location: document.locate([...path, 'model']),
      })
    }
    return tested.map((model) => ({
      kind: 'unit_test',
      id:
        model.version === null
          ? `unit_test.${packageName}.${value.model}.${value.name}`
          : `unit_test.${packageName}.${value.model}.${value.name}_v${model.version}`,
      name: value.name,
      packageName,
      fqn,
      location,
      patchPath: null,
      description: resolution.describe(value.description, packageName, location),
      tags: asStrings(config['tags']),
      meta: isMapping(config['meta']) ? config['meta'] : {},
      group: null,
      parents: [model.id],
      model: model.id,
      definition: {
        given: (value.given ?? []) as Json,
        expect: value.expect as Json,
        overrides: (value.overrides ?? {}) as Json,
      },
      config,
    }))
  })
  return { unitTests, diagnostics }
}
