/** A request that is answered with an error status; thrown where it is found out, turned into a reply in one place. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** 400: the request makes no sense. */
export function malformed(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message)
}

/** 501: sound OData that this server does not speak. */
export function unsupported(message: string): Refusal {
  return new Refusal(501, 'NotImplemented', message)
}
