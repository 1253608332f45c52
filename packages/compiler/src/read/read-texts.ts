import { isAscii } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnostic } from '@strata/core'
import type { SourceText } from '../project/project-file.ts'

/**
 * Files as texts. One after the other: promises would take longer to make than small files to read. What is no text is left
 * out and complained of.
 */
export function readTexts(
  directory: string,
  paths: readonly string[],
  diagnostics: Diagnostic[],
): readonly SourceText[] {
  return paths.flatMap((path) => readText(directory, path, diagnostics) ?? [])
}

/** Null where it cannot be read, which is complained of. */
export function readBytes(directory: string, path: string, diagnostics: Diagnostic[]): Buffer | null {
  try {
    return readFileSync(join(directory, path))
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    diagnostics.push({
      code: 'UNREADABLE_FILE',
      severity: 'error',
      message: `cannot read ${path}: ${reasons[code ?? ''] ?? (cause as Error).message.replaceAll(directory, '.')}`,
      hint: 'Make it a file that you may read, or remove it.',
      location: { file: path, line: 1, column: 1 },
    })
    return null
  }
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'it is a link that leads nowhere',
  ELOOP: 'it is a link that leads to itself',
  EACCES: 'you may not read it',
}

function readText(directory: string, path: string, diagnostics: Diagnostic[]): SourceText | null {
  const complain = (code: string, message: string, hint: string) => {
    diagnostics.push({ code, severity: 'error', message, hint, location: { file: path, line: 1, column: 1 } })
    return null
  }
  const bytes = readBytes(directory, path, diagnostics)
  if (bytes === null) return null
  if (bytes.includes(0)) {
    return complain(
      'NOT_A_TEXT_FILE',
      `${path} is no text file: it holds NUL bytes`,
      'Save it as UTF-8 text, or move it out of the project folders.',
    )
  }
  // The decoder is for what is rare: it drops a byte order mark.
  if (isAscii(bytes)) return { path, text: bytes.toString('latin1') }
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    const line = lineOfBadByte(bytes)
    diagnostics.push({
      code: 'NOT_UTF8',
      severity: 'error',
      message: `${path} is not encoded in UTF-8`,
      hint: 'Save the file as UTF-8.',
      location: { file: path, line, column: 1 },
    })
    return null
  }
}

function lineOfBadByte(bytes: Buffer): number {
  let line = 1
  for (const part of bytes.toString('latin1').split('\n')) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'latin1'))
    } catch {
      return line
    }
    line++
  }
  return 1
}
