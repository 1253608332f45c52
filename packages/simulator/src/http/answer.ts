import { type SimulatedRecord, writeJson } from '../content/value.ts'
import type { Collection } from '../entities/collection.ts'
import { type Found, findRecords } from '../odata/find-records.ts'
import { parseQuery, type Query } from '../odata/parse-query.ts'
import { Refusal } from '../odata/refusal.ts'
import { selectFields } from '../odata/select-fields.ts'
import type { World } from '../world.ts'
import { findRoute } from './endpoints.ts'
import type { SimulatedRequest } from './fault.ts'
import { jsonReply, type Reply, refusalReply } from './reply.ts'

/** One instance as the server sees it. */
export interface Tenant {
  readonly id: number
  readonly name: string
  readonly apiKey: string
  readonly world: World
}

const API = '/api/v1'
const REMEMBERED_SEARCHES = 8

/** Answers API requests as of a time (ms). It remembers its last searches: the pages of one walk find the same records. */
export function createAnswerer(
  tenants: readonly Tenant[],
): (request: SimulatedRequest, now: number) => Reply {
  const searches = new Map<string, Found>()

  const search = (collection: Collection, query: Query, request: SimulatedRequest, now: number): Found => {
    const { filter, orderBy } = query
    if (filter === null && orderBy.length === 0) return findRecords(collection, query, now)
    const options = [request.query.get('$filter'), request.query.get('$orderby')]
    const key = JSON.stringify([request.path, now, ...options])
    const found = searches.get(key) ?? findRecords(collection, query, now)
    searches.delete(key)
    searches.set(key, found)
    if (searches.size > REMEMBERED_SEARCHES) searches.delete(searches.keys().next().value!)
    return found
  }

  const respond = (request: SimulatedRequest, now: number): Reply => {
    const [, name = '', ...rest] = request.path.split('/')
    const tenant = tenants.find((candidate) => candidate.name === name)
    const path = `/${rest.join('/')}`
    if (tenant === undefined || !path.startsWith(`${API}/`)) throw notFound(request.path)
    if (request.apiKey !== tenant.apiKey) {
      const problem =
        request.apiKey === undefined ? 'The header X-ApiKey is missing' : 'The API key is not valid'
      throw new Refusal(401, 'Unauthorized', `${problem} for ${name}.`)
    }
    const route = findRoute(path.slice(API.length))
    if (route === null) throw notFound(request.path)
    if (request.method !== 'GET') {
      throw new Refusal(405, 'MethodNotAllowed', `${request.method} is not allowed here, only GET.`)
    }
    const collection = route.endpoint.open(tenant.world, route.parameters, now)
    if (collection === null) throw notFound(request.path)
    if (route.endpoint.shape === 'array') return arrayReply(collection, now)
    const query = parseQuery(request.query, collection.schema)
    const found = search(collection, query, request, now)
    return odataReply(collection, query, found, `${request.origin}/${name}${API}`, now)
  }

  return (request, now) => {
    try {
      const reply = respond(request, now)
      return withDate(reply, now)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const headers: Reply['headers'] = error.status === 405 ? { allow: 'GET' } : {}
      return withDate(refusalReply(error, headers), now)
    }
  }
}

function arrayReply(collection: Collection, now: number): Reply {
  const count = collection.count(now)
  const records = Array.from({ length: count }, (_, index) => collection.record(index, now))
  return { ...jsonReply(200, writeJson(records)), records: count }
}

function odataReply(collection: Collection, query: Query, found: Found, api: string, now: number): Reply {
  const end = Math.min(found.count, query.skip + query.top)
  const records: SimulatedRecord[] = []
  for (let position = query.skip; position < end; position += 1) {
    const record = collection.record(found.indexAt(position), now)
    records.push(query.select === null ? record : selectFields(record, query.select))
  }
  const context = JSON.stringify(`${api}/$metadata#${collection.name}`)
  const count = query.count ? `"@odata.count":${found.count},` : ''
  const body = `{"@odata.context":${context},${count}"value":${writeJson(records)}}`
  return { ...jsonReply(200, body, { 'odata-version': '4.0' }), records: records.length }
}

/** The Date header tells the simulated time: a server whose records were younger than its clock would be none. */
function withDate(reply: Reply, now: number): Reply {
  return { ...reply, headers: { date: new Date(now).toUTCString(), ...reply.headers } }
}

function notFound(path: string): Refusal {
  return new Refusal(404, 'NotFound', `There is nothing at ${path}.`)
}
