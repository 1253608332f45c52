import { type SimulatedRecord, type Value, writeJson } from '../content/value.ts'
import { jsonReply, type Reply } from './reply.ts'

/** A page of records before it is written, so that a fault can change it without losing a digit. */
export interface Page {
  /**
   * `envelope`: `{"value": […]}`; `array`: bare; `object`: the first record alone; `null`: `{"value": null}`;
   * `contacts`: `{"contacts": […], "meta": {…}}`.
   */
  readonly shape: 'envelope' | 'array' | 'object' | 'null' | 'contacts'
  readonly context: string
  readonly count: number | null
  readonly records: readonly SimulatedRecord[]
  readonly nextLink: { readonly name: string; readonly url: string } | null
  /** The field that identifies a record. */
  readonly key: string
  readonly meta?: Value
}

/** Writes a page. */
export function pageReply(page: Page): Reply {
  const isOData = page.shape !== 'array' && page.shape !== 'contacts'
  const headers: Reply['headers'] = isOData ? { 'odata-version': '4.0' } : {}
  return { ...jsonReply(200, bodyOf(page), headers), records: page.records.length, page }
}

function bodyOf({ shape, context, count, records, nextLink, meta = null }: Page): string {
  if (shape === 'array') return writeJson(records)
  if (shape === 'contacts') return writeJson({ contacts: records, meta })
  if (shape === 'object' && records.length > 0) return writeJson(records[0]!)
  const parts = [
    `"@odata.context":${JSON.stringify(context)}`,
    ...(count === null ? [] : [`"@odata.count":${count}`]),
    `"value":${shape === 'null' ? 'null' : writeJson(records)}`,
    ...(nextLink === null ? [] : [`${JSON.stringify(nextLink.name)}:${JSON.stringify(nextLink.url)}`]),
  ]
  return `{${parts.join(',')}}`
}
