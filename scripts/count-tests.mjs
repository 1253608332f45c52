import { readFileSync } from 'node:fs'

// Prints the closing line of CI from vitest's JSON report. Both servers must have been tested, and nothing skipped.
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const titles = report.testResults.flatMap((file) => file.assertionResults.map((test) => test.fullName))
const legs = ['embedded', 'server'].map((name) => ({
  name,
  count: titles.filter((title) => title.includes(`[${name}]`)).length,
}))
for (const { name, count } of legs)
  console.log(`tests on ${name === 'server' ? 'PostgreSQL 15 or later' : 'the embedded server'}: ${count}`)

const skipped = report.numPendingTests + report.numTodoTests
const missing = legs.filter(({ count }) => count === 0).length
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
).length
if (skipped > 0) console.log(`${skipped} tests were skipped; here that is a failure`)
const failed = report.numFailedTests + skipped + missing + broken
console.log(`${report.numPassedTests} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
