import { type ProjectFile, parseProjectFile } from '@strata/compiler'
import { describe, expect, it } from 'vitest'
import { resolveTarget } from './resolve-target.ts'

const { project: bare } = parseProjectFile({ path: 'strata.yml', text: 'name: shop' })

const project: ProjectFile = {
  ...bare,
  targets: {
    staging: {
      databaseUrlEnv: 'STAGING_URL',
      prefix: "stg_{{ env_var('TEAM', 'all') }}_",
      schema: null,
      landingSchema: 'landing',
      extract: null,
      threads: 8,
    },
    plain: {
      databaseUrlEnv: null,
      prefix: '',
      schema: 'shop',
      landingSchema: null,
      extract: null,
      threads: null,
    },
  },
}

describe('targets', () => {
  it('have no prefix and land by default, and take the embedded server where no URL is set', () => {
    const { target, databaseUrl } = resolveTarget(project, 'default', {}, undefined)
    expect(target).toMatchObject({ prefix: '', extract: true, landingSchema: 'bronze', threads: 4 })
    expect(databaseUrl).toBeNull()
  })

  it('named dev and ci have prefixes of the user and the run, and do not land', () => {
    expect(resolveTarget(project, 'dev', { USER: 'Ada.Lovelace' }, undefined).target).toMatchObject({
      prefix: 'dev_ada_lovelace_',
      extract: false,
    })
    expect(resolveTarget(project, 'ci', { STRATA_CI_ID: '42', GITHUB_RUN_ID: '7' }, 2).target).toMatchObject({
      prefix: 'ci_42_',
      extract: false,
      threads: 2,
    })
  })

  it('of the project file take their database from the variable they name', () => {
    const { target, databaseUrl } = resolveTarget(
      project,
      'staging',
      { STAGING_URL: 'postgresql://x/y', DATABASE_URL: 'postgresql://no' },
      undefined,
    )
    expect(databaseUrl).toBe('postgresql://x/y')
    expect(target).toMatchObject({ prefix: 'stg_all_', landingSchema: 'landing', extract: false, threads: 8 })
    expect(() => resolveTarget(project, 'staging', {}, undefined)).toThrow(
      expect.objectContaining({ code: 'DATABASE_URL_MISSING' }),
    )
  })

  it('that share the plain schemas land as the default does', () => {
    expect(resolveTarget(project, 'plain', {}, undefined).target).toMatchObject({
      prefix: '',
      extract: true,
      defaultSchema: 'shop',
    })
  })

  it('take the schema of models that name none from STRATA_SCHEMA, unless they declare their own', () => {
    const schemaOf = (name: string, schema: string) =>
      resolveTarget(project, name, { STRATA_SCHEMA: schema, USER: 'ada' }, undefined).target.defaultSchema
    expect(['default', 'dev', 'plain'].map((name) => schemaOf(name, ' analytics '))).toEqual([
      'analytics',
      'analytics',
      'shop',
    ])
    expect(schemaOf('default', '')).toBe('public')
    for (const wrong of ['my schema', 'pg_mine', 'x'.repeat(64)])
      expect(() => schemaOf('default', wrong)).toThrow(expect.objectContaining({ code: 'BAD_SCHEMA' }))
  })

  it('that do not exist are refused with those that do', () => {
    expect(() => resolveTarget(project, 'prod', {}, undefined)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_TARGET', hint: expect.stringContaining('staging') }),
    )
  })
})
