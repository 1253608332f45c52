import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type mockserver from '@sap-ux/fe-mockserver-core'

// CommonJS with a default export, which bundlers and Node.js import differently.
const { default: MockServer } = createRequire(import.meta.url)(
  '@sap-ux/fe-mockserver-core',
) as typeof mockserver

export interface IndependentServer {
  /** Base URL; the entity set `patients` stands at `/patients`. */
  readonly url: string
  /** Query strings that came from elsewhere, decoded, in order. */
  readonly asked: string[]
  /** All that an entity set holds, as the server writes it. */
  held(entitySet: string): Promise<string>
  create(entitySet: string, entity: object): Promise<void>
  /** `key` as it stands in the address: `17`, or `'A1'`. */
  change(entitySet: string, key: string, fields: object): Promise<void>
  remove(entitySet: string, key: string): Promise<void>
  close(): Promise<void>
}

/** Properties of an entity set by name; the first is the key. */
export type EntityType = { readonly [property: string]: `Edm.${string}` }

/** An OData v4 service that is not ours: SAP's mock server reads the metadata, holds the entities and answers all queries. */
export async function startIndependentServer(entitySets: {
  readonly [name: string]: { readonly type: EntityType; readonly entities: readonly object[] }
}): Promise<IndependentServer> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-odata-'))
  const metadataPath = join(folder, 'metadata.xml')
  const types = Object.entries(entitySets).map(([name, { type }]) => [name, type] as const)
  await writeFile(metadataPath, metadataOf(types))
  for (const [name, { entities }] of Object.entries(entitySets))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(entities))
  const service = new MockServer({
    services: [{ urlPath: '/clinic', metadataPath, mockdataPath: folder, logger: silent }],
    logger: silent,
  })
  await service.isReady

  const asked: string[] = []
  const server = createServer((request, response) => {
    if (request.headers['x-ours'] === undefined)
      asked.push(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').search))
    service.getRouter()(request, response, () => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clinic`

  async function send(method: string, path: string, body?: object): Promise<string> {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: { 'x-ours': 'yes', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text
  }

  return {
    url,
    asked,
    held: (entitySet) => send('GET', entitySet),
    create: async (entitySet, entity) => void (await send('POST', entitySet, entity)),
    change: async (entitySet, key, fields) => void (await send('PATCH', `${entitySet}(${key})`, fields)),
    remove: async (entitySet, key) => void (await send('DELETE', `${entitySet}(${key})`)),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await service.dispose()
      await rm(folder, { recursive: true })
    },
  }
}

const silent = { info() {}, error() {} }

function metadataOf(types: readonly (readonly [string, EntityType])[]): string {
  const entityTypes = types.map(([name, type]) => {
    const properties = Object.entries(type).map(([property, edm]) => {
      const more = edm === 'Edm.Decimal' ? ' Precision="12" Scale="4"' : ''
      return `<Property Name="${property}" Type="${edm}"${more}/>`
    })
    const key = `<Key><PropertyRef Name="${Object.keys(type)[0]}"/></Key>`
    return `<EntityType Name="${name}Type">${key}${properties.join('')}</EntityType>`
  })
  const sets = types.map(([name]) => `<EntitySet Name="${name}" EntityType="clinic.${name}Type"/>`)
  return `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="clinic" xmlns="http://docs.oasis-open.org/odata/ns/edm">
${entityTypes.join('\n')}
<EntityContainer Name="Container">${sets.join('')}</EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`
}
