import { toManifest } from '@strata/core'
import { describe, expect, it } from 'vitest'
import type { JsonObject, PreviousState } from '../src/select/previous-state.ts'
import { pick } from '../src/select/testing/pick.ts'
import { compileFiles } from '../src/testing/compile-files.ts'

const files = (grant: string) => ({
  'strata.yml': 'name: shop\nseeds:\n  +post-hook: "{{ grant() }}"\n',
  'models/hooked.sql': "{{ config(post_hook='{{ grant() }}') }}select 1 as id",
  'models/plain.sql': 'select 1 as id',
  'seeds/countries.csv': 'id\n1\n',
  'macros/grant.sql': `{% macro grant() %}{{ who() }}{% endmacro %}{% macro who() %}${grant}{% endmacro %}`,
})

function previously(given: ReturnType<typeof files>): PreviousState {
  const { graph } = compileFiles(given)
  const manifest = toManifest(graph, { generatedAt: '', invocationId: '', strataVersion: '1' })
  return {
    manifest: JSON.parse(JSON.stringify(manifest)) as JsonObject,
    runResults: null,
    sources: null,
    currentSources: null,
  }
}

describe('state:modified', () => {
  it('picks models and seeds whose hooks call a macro that changed', () => {
    const previous = previously(files('select 1'))
    const { graph } = compileFiles(files('select 2'))
    expect(pick(graph, { select: ['state:modified'], previous })).toBe('hooked seed:countries')
    expect(pick(graph, { select: ['state:modified.macros'], previous })).toBe('hooked seed:countries')
  })

  it('picks nothing where nothing changed', () => {
    const { graph } = compileFiles(files('select 1'))
    const previous = previously(files('select 1'))
    expect(pick(graph, { select: ['state:modified'], previous })).toBe('')
  })
})
