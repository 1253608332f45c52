import type { Diagnostic, Json, ModelVersion, UnitTestNode } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { draftFile } from './draft.ts'
import { fqnFolders } from './fqn.ts'
import { asStrings, isMapping } from './merge-config.ts'
import type { ModelDraft } from './model-drafts.ts'
import type { PackageProject } from './package-project.ts'
import type { References } from './references.ts'
import { relocated } from './relocated.ts'
import type { Resolution } from './resolution.ts'

interface VersionChoice {
  readonly include?: readonly ModelVersion[] | null | undefined
  readonly exclude?: readonly ModelVersion[] | null | undefined
}

/** The unit tests that one package declares, each a child of its model. */
export function unitTestNodes(
  package_: PackageProject,
  models: readonly ModelDraft[],
  references: References,
  resolution: Resolution,
): { readonly unitTests: readonly UnitTestNode[]; readonly diagnostics: readonly Diagnostic[] } {
  const packageName = package_.project.name
  const diagnostics: Diagnostic[] = []
  const unitTests = package_.declared.unitTests.flatMap(({ value, document, path }): UnitTestNode[] => {
    const location = document.locate([...path, 'name'])
    const fqn = [...fqnFolders(package_, document.file), value.model, value.name]
    const config = resolution.configs.of('unitTests', packageName, fqn, [value], {})
    if (config['enabled'] === false) return []
    const named = models.filter((model) => model.packageName === packageName && model.name === value.model)
    const tested = named.filter((model) => takesVersion(value.versions, model.version))
    if (named.length === 0) {
      // Of a model that is switched off the tests are so, too; what is wrong with a broken one has been told.
      const reference = {
        kind: 'ref',
        packageName: null,
        name: value.model,
        version: null,
        location,
      } as const
      const complaint = references.complain(reference, { packageName, group: null })
      if (complaint === null || complaint.code === 'DISABLED_REF') return []
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
    for (const [index, given] of ((value.given ?? []) as readonly unknown[]).entries()) {
      const input = isMapping(given) ? given['input'] : null
      if (typeof input !== 'string' || input === 'this') continue
      const at = document.locate([...path, 'given', index, 'input'])
      const source = { path: document.file, text: `{{ ${input} }}` }
      const { draft, diagnostics: complaints } = draftFile(source, packageName, resolution.renderer)
      const viewer = { packageName, group: tested[0]?.group ?? null }
      const unknown = (draft?.references ?? []).flatMap((reference) =>
        references.find(reference, viewer) === null ? (references.complain(reference, viewer) ?? []) : [],
      )
      diagnostics.push(...[...complaints, ...unknown].map((one) => relocated(one, at)))
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

function takesVersion(choice: VersionChoice | null | undefined, version: ModelVersion | null): boolean {
  if (choice === null || choice === undefined || version === null) return true
  const lists = (list: readonly ModelVersion[]) => list.some((one) => String(one) === String(version))
  if (choice.include) return lists(choice.include)
  return !lists(choice.exclude ?? [])
}
