const monthLengths = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const zero = 48

/** Whether a text that begins with `2024-05-01` names a day that there is: MySQL also has 0000-00-00, 2024-00-10 and 2024-02-30. */
export function isCalendarDate(text: string): boolean {
  const day = twoDigits(text, 8)
  const month = twoDigits(text, 5)
  if (day === 0 || month === 0 || text.startsWith('0000')) return false
  if (day <= 28) return true
  return day <= monthLengths[month]! || (day === 29 && month === 2 && isLeapYear(Number(text.slice(0, 4))))
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}
