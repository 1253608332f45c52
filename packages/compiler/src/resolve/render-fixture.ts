import type { Diagnostic, Fixture, Location } from '@strata/core'
import { relocated } from './relocated.ts'
import { isTemplate } from './render-yaml.ts'
import type { RenderServices } from './renderable.ts'
import { yamlScope } from './scopes.ts'

/**
 * Rows written as SQL may be a template. One that is wrong stays as it is: where that is only complained of, the server
 * refuses it.
 */
export function renderFixture(
  fixture: Fixture,
  packageName: string,
  location: Location,
  { renderer, forgiving }: RenderServices,
  diagnostics: Diagnostic[],
): Fixture {
  if (fixture.kind !== 'sql' || !isTemplate(fixture.sql)) return fixture
  const parsed = renderer.parse({ path: location.file, text: fixture.sql })
  const rendered =
    parsed.template === null
      ? null
      : renderer.render(parsed.template, { ...yamlScope(packageName), execute: true })
  for (const one of [...parsed.diagnostics, ...(rendered?.diagnostics ?? [])])
    diagnostics.push({ ...relocated(one, location), ...(forgiving ? { severity: 'warning' } : {}) })
  return { kind: 'sql', sql: rendered?.text ?? fixture.sql }
}
