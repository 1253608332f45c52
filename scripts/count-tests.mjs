import { readFileSync } from 'node:fs'

// Prints the closing line of CI from vitest's JSON report. All servers must have been tested, and nothing may be skipped
// but what depends on who runs the tests: some need root, some a checkout that another user can enter.
const dependOnTheUser = /(embedded-place|bad-input|broken-projects)\.test\.ts$/
const isSkipped = ({ status }) => status !== 'passed' && status !== 'failed'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const titles = report.testResults.flatMap((file) => file.assertionResults.map((test) => test.fullName))
const servers = { embedded: 'the embedded server', server: 'PostgreSQL 15 or later', mariadb: 'MariaDB' }
const legs = Object.entries(servers).map(([name, server]) => ({
  server,
  count: titles.filter((title) => title.includes(`[${name}]`)).length,
}))
for (const { server, count } of legs) console.log(`tests on ${server}: ${count}`)

const skippedIn = (files) =>
  files.flatMap((file) => file.assertionResults.filter(isSkipped)).map((test) => test.fullName)
const allowed = skippedIn(report.testResults.filter((file) => dependOnTheUser.test(file.name)))
const forbidden = skippedIn(report.testResults.filter((file) => !dependOnTheUser.test(file.name)))
const missing = legs.filter(({ count }) => count === 0).length
const broken = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
).length
for (const title of allowed) console.log(`skipped for this user: ${title}`)
for (const title of forbidden) console.log(`skipped, which here is a failure: ${title}`)
const failed = report.numFailedTests + forbidden.length + missing + broken
console.log(
  `${report.numPassedTests} passed, ${failed} failed${allowed.length > 0 ? `, ${allowed.length} skipped` : ''}`,
)
process.exit(failed === 0 ? 0 : 1)
