import { type ApiConnector, connectorDefaults, redact } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { missingSettings, notConfigured, resolveInstances } from './resolve-instances.ts'

const connector: ApiConnector = {
  ...connectorDefaults,
  source: 'clinic',
  instances: ['north', 'south'].map((name, index) => ({
    id: index + 1,
    name,
    address: { env: `${name.toUpperCase()}_URL` },
    credentials: { api_key: { env: `${name.toUpperCase()}_KEY` } },
    parameters: { region: { value: name }, office: { env: 'OFFICE' } },
  })),
}
const north = { NORTH_URL: 'https://north.example/api/', NORTH_KEY: 'key of north\n' }
const all = { ...north, SOUTH_URL: 'https://south.example', SOUTH_KEY: 'key of south', OFFICE: '7' }

describe('the instances of a source', () => {
  it('have their settings from the environment, without what a file has at its end', () => {
    expect(resolveInstances(connector, all)?.[0]).toEqual({
      id: 1,
      name: 'north',
      address: 'https://north.example/api',
      credentials: { api_key: 'key of north' },
      parameters: { region: 'north', office: '7' },
      simulated: false,
    })
    expect(redact('with key of north')).toBe('with ***')
  })

  it('are none where nothing is set, and an error naming instance and variable where a part is', () => {
    expect(resolveInstances(connector, { SOUTH_KEY: ' ' })).toBeNull()
    expect(() => resolveInstances(connector, { ...north, OFFICE: '7' })).toThrow(
      'clinic is configured in part: for south SOUTH_URL and SOUTH_KEY are not set',
    )
    expect(missingSettings(connector, { ...all, OFFICE: '' })).toEqual([
      { instance: 'north', variables: ['OFFICE'] },
      { instance: 'south', variables: ['OFFICE'] },
    ])
  })

  it('are told how to be had, of each source', () => {
    const other = { ...connector, source: 'crm', instances: connector.instances.slice(0, 1) }
    expect(notConfigured([connector], ['clinic'])).toMatchObject({
      code: 'SOURCE_NOT_CONFIGURED',
      message: 'clinic has no address and key',
      hint: expect.stringMatching(
        /^Set NORTH_URL, .*; or land made-up data with --simulate clinic; or build/,
      ),
    })
    expect(notConfigured([connector, other], [])).toMatchObject({
      message: 'clinic and crm have no address and key',
      hint: 'Set NORTH_URL, NORTH_KEY, OFFICE, SOUTH_URL, SOUTH_KEY for clinic, or NORTH_URL, NORTH_KEY, OFFICE for crm; or build from what has already landed with --no-extract.',
    })
  })
})
