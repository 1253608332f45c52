import type { Diagnostic, ExposureNode, Json, NodeId } from '@strata/core'
import { draftFile } from './draft.ts'
import { fqnFolders } from './fqn.ts'
import { asStrings, isMapping } from './merge-config.ts'
import type { PackageProject } from './package-project.ts'
import type { References } from './references.ts'
import { relocated } from './relocated.ts'
import type { Resolution } from './resolution.ts'

/** The exposures of one package; what they depend on is written as `ref()` and `source()`. */
export function exposureNodes(
  package_: PackageProject,
  references: References,
  resolution: Resolution,
): { readonly exposures: readonly ExposureNode[]; readonly diagnostics: readonly Diagnostic[] } {
  const packageName = package_.project.name
  const diagnostics: Diagnostic[] = []
  const exposures = package_.declared.exposures.flatMap(({ value, document, path }): ExposureNode[] => {
    const fqn = [...fqnFolders(package_, document.file), value.name]
    const config = resolution.configs.of('exposures', packageName, fqn, [value], {})
    if (config['enabled'] === false) return []
    const location = document.locate([...path, 'name'])
    const parents: NodeId[] = []
    for (const [index, text] of (value.depends_on ?? []).entries()) {
      const at = document.locate([...path, 'depends_on', index])
      const drafted = draftFile(
        { path: document.file, text: `{{ ${text} }}` },
        packageName,
        resolution.renderer,
      )
      const complaints = [...drafted.diagnostics]
      for (const reference of drafted.draft?.references ?? []) {
        const viewer = { packageName, group: null }
        const resolved = references.find(reference, viewer)
        const complaint = resolved === null ? references.complain(reference, viewer) : null
        if (complaint !== null) complaints.push(complaint)
        if (resolved !== null && !parents.includes(resolved.id)) parents.push(resolved.id)
      }
      const found = drafted.draft?.references ?? []
      const readable = drafted.diagnostics.every(({ code }) => code === 'TEMPLATE_UNDEFINED')
      if (found.length === 0 && readable) {
        diagnostics.push({
          code: 'BAD_VALUE',
          severity: 'error',
          message: `the exposure "${value.name}" depends on ${JSON.stringify(text)}, which is no reference`,
          hint: "Write ref('model') or source('source', 'table').",
          location: at,
        })
        continue
      }
      diagnostics.push(...complaints.map((complaint) => relocated(complaint, at)))
    }
    return [
      {
        kind: 'exposure',
        id: `exposure.${packageName}.${value.name}`,
        name: value.name,
        packageName,
        fqn,
        location,
        patchPath: null,
        description: resolution.describe(value.description, packageName, location),
        tags: asStrings(config['tags']),
        meta: isMapping(config['meta']) ? config['meta'] : {},
        group: null,
        parents,
        type: value.type,
        label: value.label ?? null,
        url: value.url ?? null,
        maturity: value.maturity ?? null,
        owner: (value.owner ?? {}) as { readonly [key: string]: Json },
        config,
      },
    ]
  })
  return { exposures, diagnostics }
}
