import type { GivenRecord } from '../given/given-collection.ts'

/** A change from outside, as plain data. */
export interface EditSpec {
  readonly kind: 'insert' | 'edit' | 'delete'
  /** `patients`, or the path of a collection. Within a fault: where absent, what the request asks for. */
  readonly entity?: string
  /** Within a fault: where absent, the instance of the request; else the first. */
  readonly instance?: number
  /** The record; where absent, `count` are taken, spread over all, or that many inserted. */
  readonly id?: number | string
  /** Default 1. */
  readonly count?: number
  readonly fields?: GivenRecord
  /** Whether the change time stays as it is. Default false. */
  readonly keepsStamp?: boolean
}
