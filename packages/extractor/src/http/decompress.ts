import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'

/** What we say that we can read. */
export const acceptedEncodings = 'gzip, deflate, br'

type Decoder = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>

const decoders: { readonly [encoding: string]: Decoder } = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
  // Some servers send it without the zlib header, whose low four bits are always 8.
  deflate: (bytes, options) =>
    promisify((bytes[0] ?? 8) % 16 === 8 ? inflate : inflateRaw)(bytes, options) as Promise<Buffer>,
  identity: async (bytes) => bytes,
}

/** The encodings of a `Content-Encoding` that we cannot read. */
export function unknownEncodings(contentEncoding: string): readonly string[] {
  return encodingsOf(contentEncoding).filter((encoding) => !(encoding in decoders))
}

/** Throws the errors of zlib; `ERR_BUFFER_TOO_LARGE` where there is more than `maxBytes`. */
export async function decompress(bytes: Buffer, contentEncoding: string, maxBytes: number): Promise<Buffer> {
  let plain = bytes
  // The last one named was applied last.
  for (const encoding of encodingsOf(contentEncoding).reverse())
    plain = (await decoders[encoding]?.(plain, { maxOutputLength: maxBytes })) ?? plain
  return plain
}

function encodingsOf(contentEncoding: string): string[] {
  return contentEncoding
    .split(',')
    .map((encoding) => encoding.trim().toLowerCase())
    .filter((encoding) => encoding !== '')
}
