export interface SimulatedRequest {
  readonly method: string
  /** `http://127.0.0.1:8787` */
  readonly origin: string
  /** With the instance's name in front, without the query: `/north/api/v1/patients/odata`. */
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  readonly apiKey: string | undefined
  /** Ways of the server that a fault asks for. */
  readonly manner?: ServerManner
}

export interface ServerManner {
  /** The server pages by itself, with links. */
  readonly paging?: ServerPaging
  /** It gives records in an order of its own, whatever `$orderby` says. */
  readonly shuffled?: boolean
  /** It gives so many records fewer than it could, but at least one. */
  readonly missing?: number
}

export interface ServerPaging {
  /** Most records in a page. */
  readonly size: number
  readonly form: 'absolute' | 'path' | 'relative'
  /** How the server finds the next page: by the key of the last record, where the order allows it, or by counting. */
  readonly by: 'key' | 'offset'
  /** The member of the answer that holds the link. */
  readonly name: string
  /** Where the link leads: on, to the same page again, or to this origin. */
  readonly to: 'next' | 'itself' | { readonly origin: string }
}

/** The path below the instance: `/api/v1/patients/odata`. */
export function pathBelow({ path }: Pick<SimulatedRequest, 'path'>): string {
  return path.replace(/^\/[^/]*/, '')
}

export function instanceNameOf({ path }: Pick<SimulatedRequest, 'path'>): string {
  return path.split('/')[1] ?? ''
}

export function withQuery(
  request: SimulatedRequest,
  change: (query: URLSearchParams) => void,
): SimulatedRequest {
  const query = new URLSearchParams(request.query)
  change(query)
  return { ...request, query }
}
