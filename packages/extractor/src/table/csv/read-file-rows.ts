import { createReadStream } from 'node:fs'
import type { FileJob } from '@strata/core'
import { unreadableFile } from './csv-failure.ts'
import { type CsvFile, refuseChanged } from './find-files.ts'
import { parseRows, type TextForm, type TextRow } from './parse-rows.ts'

/** A row is no longer than this: an open quote would take the rest of the file into memory. */
const longestRow = 32 * 1024 * 1024

/**
 * The rows of a file, the header among them, in batches as they come from the disk. Throws `SourceError` `SOURCE_UNREADABLE_FILE`,
 * `SOURCE_FILE_CHANGED`.
 */
export async function* readFileRows(
  file: CsvFile,
  job: FileJob,
  signal: AbortSignal,
): AsyncGenerator<readonly TextRow[]> {
  if (/["\r\n\ufeff]/.test(job.delimiter))
    throw unreadableFile(
      job,
      file.name,
      null,
      'its delimiter is none',
      'delimiter: of the job is , ; | or "\\t"',
    )
  await refuseChanged(file, job)
  let form: TextForm | null = null
  let [rest, line, wanted] = ['', 1, 0]
  const parse = (isLast: boolean): readonly TextRow[] => {
    form ??= { delimiter: job.delimiter, newline: newlineOf(rest) }
    const parsed = parseRows(rest, line, form, isLast)
    rest = parsed.rest
    line = parsed.line
    const wrong = parsed.rows.find(({ mistake }) => mistake !== null)
    if (wrong !== undefined)
      throw unreadableFile(job, file.name, wrong.line, wrong.mistake!, 'write a quote within quotes twice')
    return parsed.rows
  }
  for await (const text of decodedChunks(file, job, signal, () => line + lineBreaks(rest))) {
    rest += text
    if (rest.length < Math.min(wanted, longestRow)) continue
    const rows = parse(false)
    if (rest.length > longestRow)
      throw unreadableFile(job, file.name, line, 'a row has no end', 'a quote may have been left open')
    // What has no end yet is not searched again with each piece that comes.
    wanted = rest.length * 2
    if (rows.length > 0) yield rows
  }
  const rows = parse(true)
  await refuseChanged(file, job)
  if (rows.length > 0) yield rows
}

/** Old Macs ended lines with a carriage return alone. */
function newlineOf(text: string): TextForm['newline'] {
  return text.includes('\r') && !text.includes('\n') ? '\r' : '\n'
}

/** `lineNow`: of the end of what was yielded. */
async function* decodedChunks(
  file: CsvFile,
  job: FileJob,
  signal: AbortSignal,
  lineNow: () => number,
): AsyncGenerator<string> {
  const decoder = createDecoder(file, job)
  const decode = (bytes?: Buffer): string => {
    try {
      // Without `stream` some versions of Node take windows-1252 for latin1.
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch {
      const line = lineNow() + lineBreaks(soundPart(bytes ?? Buffer.alloc(0), job.encoding))
      const why = `what stands here is not ${job.encoding}`
      throw unreadableFile(job, file.name, line, why, 'say in encoding: of the job what the file is in')
    }
  }
  for await (const bytes of createReadStream(file.path, { highWaterMark: 256 * 1024, signal }))
    yield decode(bytes as Buffer)
  const last = decode()
  if (last !== '') yield last
}

function createDecoder(file: CsvFile, { encoding, ...job }: FileJob): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    const hint = 'encoding: of the job is, for instance, utf-8, utf-16le or windows-1252'
    throw unreadableFile({ ...job, encoding }, file.name, null, `there is no encoding ${encoding}`, hint)
  }
}

/** What comes before the first wrong byte. Its first characters may only look wrong: they began in the piece before. */
function soundPart(bytes: Buffer, encoding: string): string {
  const text = new TextDecoder(encoding).decode(bytes)
  const wrong = text.indexOf('\ufffd', 3)
  return wrong === -1 ? '' : text.slice(0, wrong)
}

function lineBreaks(text: string): number {
  return text.split(text.includes('\n') ? '\n' : '\r').length - 1
}
