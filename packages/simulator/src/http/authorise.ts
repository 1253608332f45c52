import { Refusal } from '../odata/refusal.ts'
import type { SimulatedRequest } from './simulated-request.ts'
import type { Tokens } from './tokens.ts'

/** How an instance knows its clients. */
export interface Gate {
  readonly name: string
  readonly api: 'clinical_conductor' | 'gohighlevel'
  readonly apiKey: string
  readonly tokens: Tokens | null
}

/** Throws a 401 `Refusal` for a request without the key (or a token) of the instance. */
export function authorise({ name, api, apiKey, tokens }: Gate, request: SimulatedRequest): void {
  const [, token] = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '') ?? []
  if (token !== undefined && (tokens?.isValid(token) || (api === 'gohighlevel' && token === apiKey))) return
  if (api === 'clinical_conductor' && request.apiKey === apiKey) return
  throw new Refusal(401, 'Unauthorized', `${problem(api, request, token)} for ${name}.`)
}

function problem(api: Gate['api'], request: SimulatedRequest, token: string | undefined): string {
  if (token !== undefined) return 'The token is not valid, or valid no more,'
  if (api === 'gohighlevel') return 'The header Authorization is missing'
  return request.apiKey === undefined ? 'The header X-ApiKey is missing' : 'The API key is not valid'
}
