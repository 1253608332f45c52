/** A table as OpenDental has it, by what decides how it is landed. */
export interface OpenDentalTable {
  readonly name: string
  readonly key: readonly string[]
  /** Columns that tell of a change, those that tell of every one first. */
  readonly changes: readonly string[]
  /** Rows for each patient; a table that does not grow with them has `rows`. */
  readonly perPatient: number
  readonly rows?: number
  /** Name, type, and how a value is made: SQL over the row's number `seq`. */
  readonly columns: readonly (readonly [name: string, type: string, value: string])[]
  readonly indexes?: readonly string[]
}

const id = 'bigint not null'
const numbered = 'bigint not null auto_increment'
const flag = 'tinyint not null default 0'
const text = (length: number) => `varchar(${length}) default ''`
const day = `date not null default '0001-01-01'`
const time = `datetime not null default '0001-01-01 00:00:00'`
const stamp = 'timestamp not null default current_timestamp on update current_timestamp'
const money = 'double not null default 0'

/** A number below `count`; `salt` tells the columns of a row apart. `@seed` is set by the session. */
export function pick(count: number, salt: string): string {
  return `cast(crc32(concat_ws(':', @seed, seq, '${salt}')) % ${count} as signed)`
}

/** Every twentieth or so is none, or what people or imports have typed. */
function badly(date: string, salt: string): string {
  const cases = ["'0000-00-00'", "'0001-01-01'", "'1902-07-31'", "'1980-01-01'", "'2099-12-31'"]
  const when = cases.map((bad, index) => `when ${index} then ${bad}`).join(' ')
  return `case ${pick(100, `${salt} bad`)} ${when} else ${date} end`
}

const past = (salt: string) => `date('2001-03-05' + interval ${pick(8900, salt)} day)`
const recent = (salt: string) => `'2020-04-24 08:00:00' + interval ${pick(165_000_000, salt)} second`
const patient = (salt: string) => `1 + ${pick(1_000_000_000, salt)} % @patients`
const amount = (salt: string) => `round((${pick(100_000, salt)} - 50000) / 100, 2)`
const word = (words: readonly string[], salt: string) =>
  `elt(1 + ${pick(words.length, salt)}, ${words.map((one) => `'${one}'`).join(', ')})`

const entered = ['SecUserNumEntry', id, pick(30, 'user')] as const
const edited = ['SecDateTEdit', stamp, recent('edit')] as const
const stamped = ['DateTStamp', stamp, recent('stamp')] as const

/** Our own schema in the shape of OpenDental's: its names, its types, its dates. */
export const openDentalTables: readonly OpenDentalTable[] = [
  {
    name: 'patient',
    key: ['PatNum'],
    changes: ['DateTStamp'],
    perPatient: 1,
    columns: [
      ['PatNum', numbered, 'seq'],
      ['LName', text(100), word(['Müller', "O''Brien", 'Smith', 'Nguyễn', 'Lee', ''], 'last')],
      ['FName', text(100), word(['Ada', 'Zoë', 'Bob', 'Ян'], 'first')],
      ['PatStatus', flag, pick(6, 'status')],
      ['Birthdate', day, badly(past('birth'), 'birth')],
      ['Guarantor', id, patient('guarantor')],
      ['EstBalance', money, amount('balance')],
      ['ClinicNum', id, pick(5, 'clinic')],
      ['AddrNote', 'text', `if(${pick(4, 'note')} = 0, null, repeat('note ', ${pick(9, 'length')}))`],
      ['DateFirstVisit', day, badly(past('visit'), 'visit')],
      stamped,
      ['SecDateEntry', day, past('entry')],
      ['DateTimeDeceased', time, `'0001-01-01 00:00:00'`],
    ],
    indexes: ['key indexLName (LName(10))', 'key DateTStamp (DateTStamp)'],
  },
  {
    name: 'appointment',
    key: ['AptNum'],
    changes: ['DateTStamp', 'SecDateTEntry'],
    perPatient: 4,
    columns: [
      ['AptNum', numbered, 'seq'],
      ['PatNum', id, patient('patient')],
      ['AptStatus', flag, pick(8, 'status')],
      ['Pattern', text(255), word(['//XXXX//', '/XX/', ''], 'pattern')],
      ['Note', 'text', word(['recall', 'line 1\\r\\nline 2', 'tab\\there'], 'note')],
      ['AptDateTime', time, badly(recent('at'), 'at')],
      ['DateTimeArrived', time, `if(${pick(3, 'came')} = 0, '0001-01-01', ${recent('came')})`],
      ['IsHygiene', 'tinyint unsigned not null default 0', pick(2, 'hygiene')],
      stamped,
      ['SecDateTEntry', time, recent('entry')],
    ],
    indexes: ['key indexPatNum (PatNum)'],
  },
  {
    name: 'adjustment',
    key: ['AdjNum'],
    changes: ['SecDateTEdit', 'AdjDate', 'ProcDate', 'DateEntry'],
    perPatient: 1,
    columns: [
      ['AdjNum', numbered, 'seq'],
      ['AdjDate', day, badly(past('adj'), 'adj')],
      ['AdjAmt', money, amount('amount')],
      ['PatNum', id, patient('patient')],
      ['AdjType', id, pick(12, 'type')],
      ['AdjNote', 'text', word(['write-off', ''], 'note')],
      ['ProcDate', day, past('proc')],
      ['ProcNum', id, pick(1000, 'procedure')],
      ['DateEntry', day, badly(past('entry'), 'entry')],
      entered,
      edited,
    ],
    indexes: ['key SecDateTEdit (SecDateTEdit)', 'key PatNum (PatNum)'],
  },
  {
    name: 'procedurelog',
    key: ['ProcNum'],
    changes: ['DateTStamp'],
    perPatient: 8,
    columns: [
      ['ProcNum', numbered, 'seq'],
      ['PatNum', id, patient('patient')],
      ['ProcDate', day, badly(past('proc'), 'proc')],
      ['ProcFee', money, amount('fee')],
      ['ToothNum', "char(2) not null default ''", `lpad(1 + ${pick(32, 'tooth')}, 2, ' ')`],
      ['ProcStatus', 'tinyint unsigned not null default 0', `1 + ${pick(8, 'status')}`],
      ['ProvNum', id, `1 + ${pick(20, 'provider')}`],
      ['DateEntryC', day, past('entry')],
      ['ProcTime', `time not null default '00:00:00'`, `sec_to_time(${pick(86_400, 'time')})`],
      ['CodeNum', id, pick(900, 'code')],
      stamped,
    ],
    indexes: ['key indexPNPD (PatNum, ProcDate)', 'key DateTStamp (DateTStamp)'],
  },
  {
    name: 'claim',
    key: ['ClaimNum'],
    changes: ['SecDateTEdit', 'SecDateEntry'],
    perPatient: 2,
    columns: [
      ['ClaimNum', numbered, 'seq'],
      ['PatNum', id, patient('patient')],
      ['DateService', day, badly(past('service'), 'service')],
      ['DateSent', day, badly(past('sent'), 'sent')],
      ['ClaimStatus', `char(1) not null default ''`, word(['U', 'H', 'W', 'S', 'R'], 'status')],
      ['ClaimFee', money, amount('fee')],
      ['Narrative', 'mediumtext', word(['broken cusp', '{"not": json'], 'narrative')],
      ['SecDateEntry', day, past('entry')],
      edited,
    ],
  },
  {
    name: 'claimproc',
    key: ['ClaimProcNum'],
    changes: ['SecDateTEdit', 'SecDateEntry', 'DateEntry'],
    perPatient: 6,
    columns: [
      ['ClaimProcNum', numbered, 'seq'],
      ['ProcNum', id, pick(1000, 'procedure')],
      ['ClaimNum', id, pick(1000, 'claim')],
      ['PatNum', id, patient('patient')],
      ['Status', flag, pick(9, 'status')],
      ['InsPayAmt', money, amount('paid')],
      ['DateCP', day, badly(past('cp'), 'cp')],
      ['DateEntry', day, badly(past('entry'), 'entry')],
      ['SecDateEntry', day, past('sec')],
      edited,
    ],
    indexes: ['key indexPatNum (PatNum)'],
  },
  {
    name: 'payment',
    key: ['PayNum'],
    changes: ['SecDateTEdit', 'DateEntry'],
    perPatient: 3,
    columns: [
      ['PayNum', numbered, 'seq'],
      ['PayType', id, pick(6, 'type')],
      ['PayDate', day, badly(past('pay'), 'pay')],
      ['PayAmt', money, amount('amount')],
      ['CheckNum', text(25), `lpad(${pick(100_000, 'check')}, 6, '0')`],
      ['PayNote', 'text', word(['cash', ''], 'note')],
      ['PatNum', id, patient('patient')],
      ['DateEntry', day, past('entry')],
      edited,
    ],
  },
  {
    name: 'paysplit',
    key: ['SplitNum'],
    changes: ['SecDateTEdit', 'DateEntry'],
    perPatient: 4,
    columns: [
      ['SplitNum', numbered, 'seq'],
      ['SplitAmt', money, amount('amount')],
      ['PatNum', id, patient('patient')],
      ['PayNum', id, pick(1000, 'payment')],
      ['DatePay', day, badly(past('pay'), 'pay')],
      ['DateEntry', 'date null', `if(${pick(8, 'none')} = 0, null, ${badly(past('entry'), 'entry')})`],
      [
        'SecDateTEdit',
        'timestamp null default null on update current_timestamp',
        `if(${pick(9, 'null')} = 0, null, ${recent('edit')})`,
      ],
    ],
  },
  {
    name: 'provider',
    key: ['ProvNum'],
    changes: ['DateTStamp'],
    perPatient: 0,
    rows: 20,
    columns: [
      ['ProvNum', numbered, 'seq'],
      ['Abbr', text(255), `concat('DR', seq)`],
      ['ItemOrder', 'smallint unsigned not null default 0', 'seq'],
      ['ProvColor', 'int not null default 0', `-1 - ${pick(16_777_216, 'color')}`],
      ['IsHidden', 'tinyint(1) not null default 0', pick(2, 'hidden')],
      ['DateTerm', day, `'0001-01-01'`],
      stamped,
    ],
  },
  {
    name: 'clinic',
    key: ['ClinicNum'],
    changes: [],
    perPatient: 0,
    rows: 5,
    columns: [
      ['ClinicNum', numbered, 'seq'],
      ['Description', text(255), `concat('Clinic ', seq)`],
      ['IsMedicalOnly', flag, '0'],
    ],
  },
  {
    name: 'securitylog',
    key: ['SecurityLogNum'],
    // Rows are only added.
    changes: ['LogDateTime'],
    perPatient: 10,
    columns: [
      ['SecurityLogNum', numbered, 'seq'],
      ['PermType', 'smallint not null default 0', pick(200, 'type')],
      ['UserNum', id, pick(30, 'user')],
      ['LogDateTime', time, recent('log')],
      ['LogText', 'text', word(['opened', 'deleted a note'], 'text')],
      ['PatNum', id, patient('patient')],
      ['DateTPrevious', time, `'0001-01-01 00:00:00'`],
    ],
    indexes: ['key LogDateTime (LogDateTime)'],
  },
  {
    name: 'insplan',
    key: ['PlanNum'],
    changes: ['SecDateTEdit', 'SecDateEntry'],
    perPatient: 1,
    columns: [
      ['PlanNum', numbered, 'seq'],
      ['GroupNum', text(25), `hex(${pick(1_000_000, 'group')})`],
      ['PlanNote', 'text', 'null'],
      ['PlanType', `char(1) not null default ''`, word(['', 'p', 'f', 'c'], 'type')],
      ['SecDateEntry', day, past('entry')],
      edited,
    ],
  },
  {
    name: 'patplan',
    key: ['PatNum', 'Ordinal'],
    changes: ['SecDateTEdit'],
    perPatient: 2,
    columns: [
      ['PatNum', id, '(seq + 1) div 2'],
      ['Ordinal', 'tinyint unsigned not null', '1 + seq % 2'],
      ['InsSubNum', id, pick(1000, 'sub')],
      ['SecDateTEntry', time, recent('entry')],
      edited,
    ],
  },
  {
    name: 'definition',
    key: ['DefNum'],
    changes: [],
    perPatient: 0,
    rows: 150,
    columns: [
      ['DefNum', numbered, 'seq'],
      ['Category', 'tinyint unsigned not null', pick(50, 'category')],
      ['ItemOrder', 'smallint unsigned not null', 'seq'],
      ['ItemName', text(255), `concat('item ', seq)`],
      ['ItemValue', text(255), word(['', '0', 'a,b'], 'value')],
      ['IsHidden', flag, '0'],
    ],
  },
  {
    name: 'account',
    key: ['AccountNum'],
    changes: [],
    perPatient: 0,
    rows: 40,
    columns: [
      ['AccountNum', numbered, 'seq'],
      ['Description', text(255), `concat('account ', seq)`],
      ['AcctType', flag, pick(5, 'type')],
      ['Inactive', 'bit(1) not null', pick(2, 'inactive')],
    ],
  },
  {
    name: 'commlog',
    key: ['CommlogNum'],
    // It tells when a row was entered, and people think it tells more.
    changes: ['DateTEntry'],
    perPatient: 2,
    columns: [
      ['CommlogNum', numbered, 'seq'],
      ['PatNum', id, patient('patient')],
      ['Note', 'mediumtext', word(['called', 'left a message', '😀'], 'note')],
      ['SentOrReceived', flag, pick(3, 'sent')],
      ['DateTEntry', time, recent('entry')],
    ],
  },
  {
    name: 'document',
    key: ['DocNum'],
    changes: ['DateTStamp', 'DateCreated'],
    perPatient: 0,
    rows: 60,
    columns: [
      ['DocNum', numbered, 'seq'],
      ['Description', text(255), `concat('scan ', seq)`],
      ['DateCreated', time, badly(recent('created'), 'created')],
      ['PatNum', id, patient('patient')],
      ['Thumbnail', 'blob', `unhex(sha2(concat(@seed, seq), 512))`],
      ['RawBase64', 'mediumtext not null', `to_base64(repeat(char(seq % 256), 200))`],
      stamped,
    ],
  },
]
