import { digest, type Made, type Read } from './compile-cache.ts'

/** Notes what templates look up while a result is made. */
export interface Recorder {
  record<T>(work: () => T): Made<T>
  read(kind: string, key: string, found: string): void
  /** What is looked at changes from one compile to the next: the clock, the whole graph. */
  readVolatile(): void
  /** What was looked up outside of any result; null: it changes from one compile to the next. */
  outside(): readonly Read[] | null
}

interface Notes {
  readonly reads: Map<string, Read>
  isVolatile: boolean
}

export function createRecorder(): Recorder {
  const open: Notes[] = []
  const outside: Notes = { reads: new Map(), isVolatile: false }
  return {
    record(work) {
      const notes: Notes = { reads: new Map(), isVolatile: false }
      open.push(notes)
      try {
        const value = work()
        return { value, reads: notes.isVolatile ? null : [...notes.reads.values()] }
      } finally {
        open.pop()
      }
    },
    // What is looked up for an inner result is looked up for those around it as well.
    read(kind, key, found) {
      const read: Read = [kind, key, digest(found)]
      for (const notes of open.length === 0 ? [outside] : open) notes.reads.set(`${kind} ${key}`, read)
    },
    readVolatile() {
      for (const notes of open.length === 0 ? [outside] : open) notes.isVolatile = true
    },
    outside: () => (outside.isVolatile ? null : [...outside.reads.values()]),
  }
}
