import {
  type DatabaseConnector,
  databaseConnectorDefaults,
  type Instance,
  type TableJob,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'

/** A table as it may be declared, where nothing is read: `adjustment` of the source `dental`, by two change columns. */
export function declaredTable(table: string, over: Partial<TableJob> = {}): TableJob {
  return {
    ...tableJobDefaults,
    source: 'dental',
    table,
    name: table,
    relation: { schema: null, name: table },
    key: [{ field: [`${table}Num`] }],
    target: { schema: 'bronze', name: `od_${table}` },
    watermark: {
      ...tableWatermarkDefaults,
      columns: [
        { name: 'SecDateTEdit', min: null, max: null },
        { name: 'ProcDate', min: '2000-01-01', max: null },
      ],
    },
    ...over,
  }
}

export function declaredDatabase(source = 'dental'): DatabaseConnector {
  return { ...databaseConnectorDefaults, source, kind: 'mysql', instances: [] }
}

export function databaseInstance(id: number, name: string): Instance {
  const address = `mysql://reader@${name}.example:3306/opendental`
  return { id, name, address, credentials: { password: 'secret' }, parameters: {}, simulated: false }
}
