/* Names for the numbers in the data, and the text of sizes, times and counts. The lists have the order of the enums
 * in report_marks.h and report_space.h. */
'use strict';

const REASONS = new Map([
  [0x8007000E, 'not enough memory'], [0x80070057, 'a wrong argument'], [0x80131022, 'not the caller\u2019s to free'],
  [0x80131023, 'closed to requests'], [0x80131024, 'timed out'], [0x80131025, 'another thread\u2019s heap'],
  [0x80131026, 'waiting was cancelled'], [0x80070005, 'access denied'], [0x80004003, 'a pointer that cannot be used'],
  [0x80004005, 'refused for good']
]);

const LEVELS = ['task', 'app domain', 'process'];
const LEVEL_SENTENCES = ['for a task', 'for an application domain', 'for the process'];

/* kind of mark: class in the style sheet, singular, plural */
const MARKS = [
  ['refused', 'refusal', 'refusals'], ['failed', 'other failure', 'other failures'],
  ['low', 'notification: Low', 'notifications: Low'], ['neutral', 'notification: Neutral', 'notifications: Neutral'],
  ['high', 'notification: High', 'notifications: High'], ['waited', 'wait', 'waits'],
  ['limit', 'change of the limit', 'changes of the limit'], ['closed', 'opened or closed', 'times opened or closed'],
  ['injected', 'injected fault', 'injected faults']
];
const MARK = {
  refused: 0,
  failed: 1,
  low: 2,
  neutral: 3,
  high: 4,
  waited: 5,
  limit: 6,
  closed: 7,
  injected: 8
};

const CELLS = ['not used yet', 'freed', 'reserved', 'mapped', 'committed', 'executable'];
const CELL = {
  unknown: 0,
  freed: 1,
  reserved: 2,
  mapped: 3,
  committed: 4,
  executable: 5
};

/* Who refused; empty if the trace does not say. */
const refusersText = counts =>
  ['by the budget', 'by Windows'].map((by, i) => counts[i] ? by + ' ' + countText(counts[i]) : '').filter(Boolean).join(', ');

const isFailure = result => result >= 0x80000000;

const countText = number => number.toLocaleString('en-GB');
/* At most four characters, for narrow places. */
function shortCount(number) {
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  let unit = 0;
  for (; number >= 999.5; unit++)
    number /= 1000;
  return (unit && number < 9.95 ? number.toFixed(1) : number.toFixed(0)) + units[unit];
}

const plural = (number, one, many) => countText(number) + ' ' + (number === 1 ? one : many || one + 's');

/* Three significant digits with a unit; exact below 1 KiB. */
function bytesText(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let unit = 0;
  while (Math.abs(bytes) >= 1023.5 && unit < units.length - 1) {
    bytes /= 1024;
    unit++;
  }
  const digits = unit === 0 || Math.abs(bytes) >= 99.95 ? 0 : Math.abs(bytes) >= 9.995 ? 1 : 2;
  const text = bytes.toFixed(digits);
  return (digits ? text.replace(/\.?0+$/, '') : text) + '\u00A0' + units[unit];
}

const exactText = bytes => plural(bytes, 'byte');

const TIME_UNITS = [[1e-9, 'ns'], [1e-6, '\u00B5s'], [1e-3, 'ms'], [1, 's']];

/* A moment or a duration in the unit that suits `scale`, with enough digits for steps of `step`. */
function timeText(seconds, step = seconds / 1000, scale = Math.max(Math.abs(seconds), step)) {
  if (scale >= 600) {
    const whole = Math.floor(seconds), minutes = Math.floor(whole / 60),
          two = number => String(number).padStart(2, '0');
    const rest = two(whole % 60) + (step < 1 ? (seconds - whole).toFixed(3).slice(1) : '');
    return minutes >= 60 ? Math.floor(minutes / 60) + ':' + two(minutes % 60) + ':' + rest + '\u00A0h' :
                           minutes + ':' + rest + '\u00A0min';
  }
  if (!scale)
    return '0\u00A0s';
  let unit = TIME_UNITS[0];
  for (const candidate of TIME_UNITS)
    if (scale >= candidate[0] * 0.9999)
      unit = candidate;
  const digits = Math.min(6, Math.max(0, -Math.floor(Math.log10(step / unit[0] * 1.0001))));
  return (seconds / unit[0]).toFixed(digits) + '\u00A0' + unit[1];
}

/* A duration with three significant digits. */
const spanText = seconds => timeText(seconds, Math.pow(10, Math.floor(Math.log10(Math.max(seconds, 1e-9))) - 2));

/* Shows 100 only if it is all. */
function percentText(share) {
  const percent = share * 100;
  return (percent > 99 && percent < 100 ? Math.floor(percent * 10) / 10 : percent.toFixed(percent < 9.95 ? 1 : 0)) +
    '\u00A0%';
}
