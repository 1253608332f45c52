import type { Reply } from './reply.ts'

export interface SimulatedRequest {
  readonly method: string
  /** `http://127.0.0.1:8787` */
  readonly origin: string
  /** With the instance's name in front, without the query: `/north/api/v1/patients/odata`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly apiKey: string | undefined
}

/**
 * Stands between a request and its answer and may do anything an API does on a bad day: answer in its own way, change
 * what `answer()` gives, take its time. The library of ready-made faults has its place here.
 */
export type Fault = (request: SimulatedRequest, answer: () => Reply) => Reply | Promise<Reply>
