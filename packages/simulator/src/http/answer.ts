import type { Holdings } from '../edits/holdings.ts'
import type { Collection } from '../entities/collection.ts'
import { otherEditions } from '../entities/entities.ts'
import { answerContacts } from '../gohighlevel/answer-contacts.ts'
import type { Remember } from '../odata/date-columns.ts'
import { malformed, Refusal } from '../odata/refusal.ts'
import { answerArray, answerOData } from './answer-odata.ts'
import { authorise, type Gate } from './authorise.ts'
import type { Fault } from './fault.ts'
import { pageReply } from './page.ts'
import { type Reply, refusalReply } from './reply.ts'
import { instanceNameOf, pathBelow, type SimulatedRequest } from './simulated-request.ts'

/** One instance as the server sees it. */
export interface Tenant extends Gate {
  readonly id: number
  readonly holdings: Holdings
  /** Of GoHighLevel. */
  readonly locationId: string
}

/** The records of an endpoint, as the faults of the moment have them. */
export type Dress = NonNullable<Fault['dress']>

/** Where an instance gives OAuth 2 tokens, below its address. */
export const TOKEN = '/oauth/token'
const REMEMBERED_INDEXES = 100
/** Of all indexes together: those of some columns of ten million records. */
const REMEMBERED_BYTES = 80_000_000
/** Records of which an index is made anew each time, so that many small collections leave those of large ones in place. */
const SMALL = 1_000

/**
 * Answers API requests as of a time (ms). It remembers the last indexes that were built: the pages of one walk need
 * the same. `version` tells when faults were replaced.
 */
export function createAnswerer(
  tenants: readonly Tenant[],
  dress: Dress,
): (request: SimulatedRequest, now: number, version: number) => Reply {
  const indexes = new Map<string, Uint32Array>()
  let bytes = 0
  const rememberUnder =
    (place: readonly unknown[]): Remember =>
    (name, build) => {
      const key = JSON.stringify([...place, name])
      let index = indexes.get(key)
      if (index === undefined) {
        index = build()
        bytes += index.byteLength
      }
      indexes.delete(key)
      indexes.set(key, index)
      for (const [eldest, { byteLength }] of indexes) {
        if (eldest === key || (indexes.size <= REMEMBERED_INDEXES && bytes <= REMEMBERED_BYTES)) break
        indexes.delete(eldest)
        bytes -= byteLength
      }
      return index
    }

  const respond = (request: SimulatedRequest, now: number, version: number): Reply => {
    const name = instanceNameOf(request)
    const tenant = tenants.find((candidate) => candidate.name === name)
    const path = pathBelow(request)
    if (tenant === undefined || path === '') throw notFound(request.path)
    if (tenant.tokens !== null && path === TOKEN) return tenant.tokens.answer(request)
    authorise(tenant, request)
    const place = tenant.holdings.open(path, now)
    if (place === null) throw otherEditions.includes(path) ? notImplemented(path) : notFound(request.path)
    if (request.method !== 'GET') {
      throw new Refusal(405, 'MethodNotAllowed', `${request.method} is not allowed here, only GET.`)
    }
    const collection: Collection = dress(place.collection, name, path)
    if (place.shape === 'contacts') {
      if (request.headers['version'] === undefined) throw malformed('The header Version is missing.')
      return pageReply(answerContacts(collection, request, tenant.locationId, now))
    }
    if (place.shape === 'array') return pageReply(answerArray(collection, now))
    const remember =
      collection.count(now) > SMALL
        ? rememberUnder([request.path, now, tenant.holdings.edits, version])
        : null
    return pageReply(answerOData(collection, request, now, remember))
  }

  return (request, now, version) => {
    try {
      return respond(request, now, version)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return refusalReply(error, error.status === 405 ? { allow: 'GET' } : {})
    }
  }
}

function notImplemented(path: string): Refusal {
  return new Refusal(501, 'NotImplemented', `${path} belongs to another edition.`)
}

function notFound(path: string): Refusal {
  return new Refusal(404, 'NotFound', `There is nothing at ${path}.`)
}
