/** What people write at a site, about nobody in particular. */

export const appointmentNotes = [
  'Fasting required.',
  'Bring the diary.',
  'Needs a taxi.',
  'Prefers mornings.',
  'Call the day before.',
  'Interpreter requested.',
]

export const queryTexts = [
  'Please confirm the date of the visit.',
  'The value is outside of the expected range. Please verify.',
  'The reason for the missing assessment is not documented.',
  'Please clarify the start date of the concomitant medication.',
  'The source document and the entry do not agree.',
  'Please provide the unit of the result.',
]

export const noteTopics: readonly (readonly [subjectLine: string, text: string])[] = [
  ['Monitoring visit', 'The monitor asked for the delegation log to be brought up to date.'],
  ['Recruitment', 'The campaign brought fewer calls than hoped for; another one is planned.'],
  ['Drug supply', 'A shipment arrived two days late; the temperature log is complete.'],
  ['Laboratory kits', 'Kits expire at the end of the quarter; new ones are ordered.'],
  ['Protocol amendment', 'Staff was trained on the amendment.'],
  ['Site contact', 'The sponsor has a new contact for questions on eligibility.'],
]

export const actionNames = [
  'Submit continuing review',
  'Update delegation log',
  'Order laboratory kits',
  'Answer open queries',
  'Prepare monitoring visit',
  'Renew contract amendment',
  'Archive source documents',
  'Train staff on amendment',
]

export const documentTypes = [
  'Protocol',
  'Informed Consent Form',
  'Investigator Brochure',
  'Delegation Log',
  'Laboratory Manual',
  'Pharmacy Manual',
]
