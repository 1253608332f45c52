interface CodeNote {
  readonly says?: string
  readonly do?: string
}

const seeMessage = 'The message names the place and what was expected.'

/** Words for codes whose own are put together as it happens, so that they cannot be read out of the code. */
export const codeNotes: { readonly [code: string]: CodeNote } = {
  BAD_COLUMN: { do: 'Write the type or the name of the column as Postgres takes it.' },
  BAD_EVENT_TIME: {
    says: '--event-time-start or --event-time-end is no date or time, or they are the wrong way round',
    do: 'Write them as 2024-01-31 or 2024-01-31T06:00, the earlier one as the start.',
  },
  BAD_INPUT: {
    says: 'An input of a unit test is no reference',
    do: "Write ref('…'), source('…', '…') or this.",
  },
  BAD_PLAN: { says: 'The file that --plan names is no plan' },
  BAD_QUARANTINE: {
    says: 'A test that quarantines is about something else than one bronze table, or has options that it cannot have',
    do: seeMessage,
  },
  BAD_TEMPLATE: {
    says: 'A template in a packages file, or on the command line, cannot be rendered',
    do: seeMessage,
  },
  BAD_TEST_ARGUMENTS: {
    says: 'A data test has an argument that is missing, unknown or of the wrong type',
    do: seeMessage,
  },
  BROKEN_MACRO: { do: 'Correct the syntax error that is told beside it.' },
  CANCELLED: {
    do: 'Somebody, or another failure under --fail-fast, cancelled it; models retry does it again.',
  },
  CHECK_VIOLATION: { do: 'Correct the rows, or the condition of the constraint that is named.' },
  CONSTRAINT_VIOLATED: { do: 'Nothing was changed. Correct the SELECT, or the constraint.' },
  DATA_TEST_FAILED: {
    says: 'A data test found rows',
    do: 'See them with models show, and correct the model, the source or the test.',
  },
  DEPENDENTS_CHANGED: { do: 'Run again: somebody changed a view at that very moment.' },
  DUPLICATE_COLUMN: { do: 'Give one of the two another name by `as`.' },
  DUPLICATE_OBJECT: { do: 'Choose another name, or drop what has it.' },
  DUPLICATE_TABLE: { do: 'Choose another name or schema, or drop what has it.' },
  EXCLUSION_VIOLATION: { do: 'Two rows overlap, which the constraint that is named forbids.' },
  FOREIGN_KEY_VIOLATION: {
    do: 'A row points to one that is not there: build or land that first, or filter.',
  },
  GIT_FAILED: { do: 'Check the address, and that git of this machine may read it.' },
  INCOMPLETE_MICROBATCH: { do: 'Set event_time, begin and batch_size.' },
  INTERNAL: { says: 'Something that should not happen' },
  INVALID_DEFINITION: { do: 'Correct the definition of the relation as the message says.' },
  IN_USE: { do: 'End the connections or the transaction that use it, and try again.' },
  NOT_NULL_VIOLATION: { do: 'Give the column a value, or filter such rows.' },
  NOT_PINNED: { do: 'Write the lock file anew: models deps --lock.' },
  NOT_SUPPORTED: { do: 'This server cannot do it; the message says what.' },
  NUMBER_OUT_OF_RANGE: { do: 'Cast to a larger type (bigint, numeric), or filter the value.' },
  OUT_OF_MEMORY: { do: 'Fewer --threads, a smaller work_mem, or a larger server.' },
  PACKAGE_REFUSED: { do: 'Take another version or another source of the package.' },
  POOLER_WITHOUT_TRANSACTIONS: { says: 'The address leads to a connection pooler without transactions' },
  RAISED: { do: 'It is what the project itself says by exceptions.raise_compiler_error().' },
  SEED_VALUE: { says: 'A value of a seed does not fit the type of its column' },
  SIMULATOR_COLLECTIONS_UNREADABLE: { says: 'The file with collections cannot be read' },
  SIMULATOR_COLLECTION_INVALID: {
    do: 'Correct it in the file that --collections names (docs/simulator.md).',
  },
  SIMULATOR_FAULT_INVALID: { do: 'Correct it in the file with the faults (docs/simulator.md).' },
  SIMULATOR_OPTION_INVALID: {
    says: 'An option of pnpm simulator has a wrong value',
    do: 'pnpm simulator --help says what it takes.',
  },
  SIMULATOR_WORLD_CHANGED: {
    says: 'The simulator was begun with another scale or seed than it is given now',
    do: 'Give the former one again, or begin anew: models db reset --yes deletes the embedded database and the simulated time.',
  },
  SOURCE_UNREADABLE_FILE: { do: 'Correct the file, or delimiter:, encoding: and columns: of the job.' },
  STATEMENT_TIMEOUT: { says: '57014, by statement_timeout' },
  SYNTAX_ERROR: { do: 'Correct the SQL at the line and column that are told.' },
  TESTS_FAILED: {
    says: 'Data tests of the relation failed, so it was not published',
    do: 'The tests that failed are told beside it.',
  },
  TEMPLATE_RETURN_OUTSIDE_MACRO: { do: 'Write return() inside {% macro %} alone.' },
  TEMPLATE_UNDEFINED: {
    says: 'A name, or an attribute, that the template uses is not defined',
    do: 'Correct the name, set it, or ask for it with `is defined`.',
  },
  TEMPLATE_UNKNOWN_FILTER: { do: 'Correct its name; filters are those of Jinja and dbt.' },
  TEMPLATE_UNKNOWN_TEST: { do: 'Correct its name; tests behind `is` are those of Jinja.' },
  TYPESCRIPT_CONFIG: { says: 'The exported config of a model in TypeScript is no plain data' },
  TYPE_MISMATCH: { do: 'Cast one of the two sides.' },
  UNIT_TEST_FAILED: {
    says: 'A model gave other rows than its unit test expects',
    do: 'The difference is shown row by row.',
  },
  UNKNOWN_ALIAS: { says: '42P01, of a name before a column' },
  UNKNOWN_COLUMN: { do: 'Correct the name of the column, or build its relation anew.' },
  UNKNOWN_OBJECT: { do: 'Correct the name that the message gives.' },
  UNSTORABLE_CHARACTER: { do: 'Replace the character, or use a database in UTF-8.' },
  UNUSED_CONFIG: { do: 'Correct the name of the folder, model or package below which it stands.' },
  VALUE_TOO_LONG: { do: 'Make the column wider (text has no limit), or cut the value with left().' },
  WATERMARK_COLUMN: { do: 'Name columns of the parent that can be compared: dates, times or numbers.' },
  WRONG_KIND: { do: 'Something else (a view, a table, a sequence) has the name; rename or drop it.' },
}
