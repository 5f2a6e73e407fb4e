/* The figures over time: their values in a column, in a range of columns, and at a moment. */

const figures = (() => {
  const timeline = data.timeline, count = timeline.columns;
  const unpack = ([last, below, above]) =>
    ({last, least: last.map((value, i) => value - below[i]), most: last.map((value, i) => value + above[i])});
  const series = {committed: unpack(timeline.committed), heap: unpack(timeline.heap), used: unpack(timeline.used)};

  /* The limits of each column. */
  const limits = [];
  let next = 0, now = {limit: 0, low: 0, neutral: 0, high: 0};
  for (let i = 0; i < count; i++) {
    if (next < timeline.limits.length && timeline.limits[next][0] === i) {
      const [, limit, low, neutral, high] = timeline.limits[next++];
      now = {limit, low, neutral, high};
    }
    limits.push(now);
  }

  const columnOf = moment => Math.min(count - 1, Math.max(0, Math.floor(moment / timeline.width)));

  /* Minimum, maximum and last value of a figure in columns [first, last]. */
  function summary(name, first, last) {
    const {least, most, last: final} = series[name];
    let low = Infinity, high = 0;
    for (let i = first; i <= last; i++) {
      low = Math.min(low, least[i]);
      high = Math.max(high, most[i]);
    }
    return {least: low, most: high, last: final[last]};
  }

  function peak(name) {
    let at = 0;
    for (let i = 1; i < count; i++)
      if (series[name].most[i] > series[name].most[at])
        at = i;
    return count ? {bytes: series[name].most[at], moment: Math.min(view.whole, at * timeline.width)} :
                   {bytes: 0, moment: 0};
  }

  const calls = (first, last) => {
    let sum = 0;
    for (let i = first; i <= last; i++)
      sum += timeline.calls[i];
    return sum;
  };

  function zone(used, {limit, low, neutral, high}) {
    if (!limit)
      return 'no limit';
    if (used > limit)
      return 'above the limit';
    return used >= low ? 'Low' : used >= neutral ? 'between Neutral and Low' : used >= high ? 'Neutral' : 'High';
  }

  return {series, limits, columnOf, summary, peak, calls, zone, count, width: timeline.width};
})();

/* Clusters of marks as objects, in the order of time. */
const marks =
  data.marks.clusters.map(([kind, count, first, last, bytes, what, result, resultName, thread, level, size, value, byBudget,
                            bySystem]) => ({kind, count, first, last, bytes, what, result, resultName, thread, level, size,
    value, refusedBy: [byBudget, bySystem]}));

const threadNames = new Map(data.threads);

/* "thread 1234", or with its name "thread 1234 (.NET Finalizer)". */
function threadText(id) {
  return `thread ${id}` + (threadNames.has(id) ? ` (${visible(threadNames.get(id))})` : '');
}

/* Text lines for a cluster; the first is the heading. */
function markLines(mark) {
  const [, one, many] = MARKS[mark.kind];
  const lines = [(mark.count === 1 ? one : countText(mark.count) + ' ' + many) + ', ' +
    (mark.last > mark.first ? momentText(mark.first) + ' to ' + momentText(mark.last) : momentText(mark.first))];
  const first = mark.count > 1 ? 'first: ' : '';
  const level = LEVEL_SENTENCES[mark.level] ? ' ' + LEVEL_SENTENCES[mark.level] : '';
  const thread = mark.thread ? ', ' + threadText(mark.thread) : '';
  switch (mark.kind) {
  case MARK.refused:
  case MARK.failed:
  case MARK.injected:
    lines.push(first + mark.what + (mark.size ? ' of ' + bytesText(mark.size) : '') + level + thread);
    lines.push(mark.resultName + (REASONS.has(mark.result) ? ': ' + REASONS.get(mark.result) : ''));
    if (refusersText(mark.refusedBy))
      lines.push(refusersText(mark.refusedBy));
    break;
  case MARK.waited:
    lines.push(first + bytesText(mark.size) + level + ', ' + spanText(mark.value / 1000) + thread);
    lines.push('ended with ' + mark.resultName);
    break;
  case MARK.limit:
    lines.push(first + (mark.size ? bytesText(mark.size) : 'no limit'));
    break;
  case MARK.closed:
    lines.push(
      first + (['open', 'closed by the host', 'latched', 'closed by the host, and latched'][mark.value] || 'unknown'));
    break;
  }
  return lines;
}
