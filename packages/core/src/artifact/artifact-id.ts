/** dbt calls a data test `test.…`. */
export function artifactId(id: string): string {
  return id.replace(/^data_test\./, 'test.')
}
