import {
  type ApiConnector,
  type Connector,
  connectorDefaults,
  databaseConnectorDefaults,
  redact,
} from '@strata/core'
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
    expect(resolveInstances(connector, all, '/')?.[0]).toEqual({
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
    expect(resolveInstances(connector, { SOUTH_KEY: ' ' }, '/')).toBeNull()
    expect(() => resolveInstances(connector, { ...north, OFFICE: '7' }, '/')).toThrow(
      'clinic is configured in part: for south SOUTH_URL and SOUTH_KEY are not set',
    )
    expect(missingSettings(connector, { ...all, OFFICE: '' })).toEqual([
      { instance: 'north', variables: ['OFFICE'] },
      { instance: 'south', variables: ['OFFICE'] },
    ])
  })

  it('are an address or a password where a database is among them', () => {
    expect(notConfigured([{ ...connector, kind: 'mysql' } as unknown as Connector], [], true).message).toBe(
      'clinic has no address, or no password',
    )
  })

  it('are told how to be had, of each source', () => {
    const other = { ...connector, source: 'crm', instances: connector.instances.slice(0, 1) }
    expect(notConfigured([connector], ['clinic'], true)).toMatchObject({
      code: 'SOURCE_NOT_CONFIGURED',
      message: 'clinic has no address and key',
      hint: expect.stringMatching(
        /^Set NORTH_URL, .*; or land made-up data with --simulate clinic; or build/,
      ),
    })
    expect(notConfigured([connector, other], [], true)).toMatchObject({
      message: 'clinic and crm have no address and key',
      hint: 'Set NORTH_URL, NORTH_KEY, OFFICE, SOUTH_URL, SOUTH_KEY for clinic, or NORTH_URL, NORTH_KEY, OFFICE for crm; or build from what has already landed with --no-extract.',
    })
  })

  it('are no matter of runs for a command that is about the sources', () => {
    expect(notConfigured([connector], ['clinic'], false).hint).toMatch(
      /; or land made-up data with --simulate clinic\.$/,
    )
  })
})

describe('the address of a database', () => {
  const resolved = (kind: 'mysql' | 'postgres', url: string, password?: string) => {
    const connector: Connector = {
      ...databaseConnectorDefaults,
      kind,
      source: 'clinic',
      instances: [
        {
          id: 1,
          name: 'north',
          address: { env: 'NORTH_URL' },
          credentials: password === undefined ? {} : { password: { env: 'NORTH_PASSWORD' } },
          parameters: {},
        },
      ],
    }
    const environment = { NORTH_URL: `${url}\n`, NORTH_PASSWORD: password }
    const instance = resolveInstances(connector, environment, '/')![0]!
    return [instance.address, instance.credentials['password']]
  }

  it('loses its password, which is known as a secret from then on', () => {
    expect(
      resolved('postgres', 'postgres://reader:p%40ss%2Fword@db.example:5433/clinic/?sslmode=require'),
    ).toEqual(['postgres://reader@db.example:5433/clinic?sslmode=require', 'p@ss/word'])
    expect(resolved('mysql', 'mariadb://reader:a%b%cd@db.example/clinic')).toEqual([
      'mariadb://reader@db.example/clinic',
      'a%b%cd',
    ])
    expect(resolved('postgres', 'postgresql:///clinic?host=/run/pg&password=by+parameter')).toEqual([
      'postgresql:///clinic?host=%2Frun%2Fpg',
      'by parameter',
    ])
    expect(resolved('mysql', 'mysql://reader@db.example/clinic')).toEqual([
      'mysql://reader@db.example/clinic',
      undefined,
    ])
    expect(redact('p@ss/word, p%40ss%2Fword, a%b%cd and by parameter')).toBe('***, ***, *** and ***')
  })

  it('gives way with its password to the one that stands beside it', () => {
    expect(resolved('mysql', 'mysql://reader:old password@db.example/clinic', 'new password')).toEqual([
      'mysql://reader@db.example/clinic',
      'new password',
    ])
  })

  it('must be one of the kind, and what is none is not shown', () => {
    const refused = (kind: 'mysql' | 'postgres', url: string, message: string) => {
      expect(() => resolved(kind, url)).toThrow(
        expect.objectContaining({
          code: 'BAD_SOURCE_URL',
          message: `the url of clinic instance north, in NORTH_URL ${message}`,
        }),
      )
    }
    refused(
      'mysql',
      'postgres://u:hidden@h/d',
      'begins with postgres://, and the connector is of the kind mysql',
    )
    refused(
      'postgres',
      'mysql://u:hidden@h/d',
      'begins with mysql://, and the connector is of the kind postgres',
    )
    refused('postgres', 'postgres://u:12/hidden@h/d', 'cannot be read')
    refused('postgres', 'postgres://u:hid#den@h/d', 'cannot be read')
    refused('mysql', 'hidden', 'cannot be read')
  })
})

describe('the address of files', () => {
  it('is meant from the folder of the project; whether it is there shows when its jobs are landed', () => {
    const at = (path: string) =>
      resolveInstances(
        {
          kind: 'csv',
          source: 'files',
          instances: [{ id: 1, name: 'one', address: { value: path }, credentials: {}, parameters: {} }],
        },
        {},
        '/the/project',
      )?.[0]?.address
    expect(at('exports/')).toBe('/the/project/exports')
    expect(at('../absent')).toBe('/the/absent')
    expect(at('/data/exports')).toBe('/data/exports')
  })
})
