import { dateText } from '../content/date-text.ts'
import { drawInteger, type Key } from '../content/draw.ts'
import { DAY } from '../content/epoch.ts'
import { documentTypes } from '../content/phrases.ts'
import { latest } from '../course/booking.ts'
import type { Schema } from './collection.ts'
import type { Study } from './studies.ts'
import { studyArrivals, studyEntity } from './study-arrivals.ts'
import { createStudyCollection, type StudyRecord } from './study-collection.ts'

// Nothing is known of a real study document. Every field here is an assumption.
const schema: Schema = {
  id: 'number',
  study: { id: 'number' },
  name: 'string',
  documentType: 'string',
  version: 'string',
  status: 'string',
  documentDate: 'date',
  expirationDate: 'date',
  createdDate: 'datetime',
  modifiedDate: 'datetime',
}

const STOCK = 5
const INTERVAL = 90 * DAY

const of = { path: '/studies/{studyId}/documents/odata', title: 'StudyDocuments', schema }

export const studyDocuments = studyEntity(of, ({ study }) =>
  createStudyCollection(of, study, studyArrivals(study, 33, STOCK, INTERVAL), (key, created, at, index) =>
    documentOf(study, key, created, at, index),
  ),
)

/** A draft, then approved; what needs a renewal expires after a year. Every round of documents is another version. */
function documentOf(study: Study, key: Key, created: number, now: number, index: number): StudyRecord {
  const documentType = documentTypes[index % documentTypes.length]!
  const approved = created + drawInteger(key, 1, 24, 30 * 24) * 3_600_000
  const expires = index % 2 === 1
  const expiration = (Math.floor(approved / DAY) + 365) * DAY
  const expired = expires ? expiration : Number.POSITIVE_INFINITY
  return {
    fields: {
      study: { id: study.reference.id },
      name: `${documentType} ${study.reference.name}`,
      documentType,
      version: `${Math.floor(index / documentTypes.length) + 1}.0`,
      status: now >= expired ? 'Expired' : now >= approved ? 'Approved' : 'Draft',
      documentDate: dateText(created),
      expirationDate: expires && now >= approved ? dateText(expiration) : null,
    },
    modified: latest(now, created, approved, expired),
  }
}
