/* The tables of origins and calls, the tiles, the header, and remarks about the trace file. */

function drawOrigins() {
  const rows = data.origins, rest = data.otherOrigins;
  const most = Math.max(0, ...rows.map(row => row.bytes)), mostLive = Math.max(0, ...rows.map(row => row.liveBytes));
  $('origins-sub').textContent = rest.origins ?
    `The ${rows.length} that took most; ${plural(rest.origins, 'other')} took ` +
      `${bytesText(rest.bytes)} in ${plural(rest.count, data.paths.pages.length ? 'call' : 'block')}, of which ${
        bytesText(rest.liveBytes)} ${follow.isRecording() ? 'are' : 'were'} live ${follow.last()}.` :
    'By line of source where DebugAlloc told it, by call stack where one was recorded.';
  if (!rows.length) {
    $('origins-table')
      .replaceChildren(el('tbody', null, el('tr', null, el('td', {class: 'none'}, 'Nothing was allocated.'))));
    return;
  }
  const hasPages = rows.some(row => row.pages), memory = row => row.pages ? 'committed pages' : 'heap blocks';
  sortableTable($('origins-table'), plural(rows.length, 'origin'),
    [
      {name: 'Origin', value: originTitle, cell: originCell},
      ...(hasPages ? [{name: 'Of', value: memory, cell: memory}] : []),
      {name: hasPages ? 'Calls' : 'Blocks', number: true, value: row => row.count, cell: row => countText(row.count)},
      {name: 'Bytes', number: true, value: row => row.bytes, cell: row => bytesCell(row.bytes, most)},
      {name: 'Live blocks', number: true, value: row => row.liveCount, cell: row => row.pages ? '' : countText(row.liveCount)},
      {name: 'Live bytes', number: true, value: row => row.liveBytes, cell: row => bytesCell(row.liveBytes, mostLive)},
      {name: 'Live at most', number: true, value: row => row.peakBytes, cell: row => bytesText(row.peakBytes)},
    ],
    rows, 2);
}

/* What a modern runtime uses its memory for. */
function drawKinds() {
  const rows = data.kinds.map(([name, now, most]) => ({name, now, most}));
  $('kinds').hidden = !rows.length;
  if (!rows.length)
    return;
  const mostNow = Math.max(0, ...rows.map(row => row.now)), mostEver = Math.max(0, ...rows.map(row => row.most));
  sortableTable($('kinds-table'), 'Committed pages and heap blocks by what they are for',
    [
      {name: 'Used for', value: row => row.name, cell: row => row.name},
      {name: follow.isRecording() ? 'Now' : 'At the end', number: true, value: row => row.now, cell: row => bytesCell(row.now, mostNow)},
      {name: 'At most', number: true, value: row => row.most, cell: row => bytesCell(row.most, mostEver)},
    ],
    rows, 2);
}

function drawCalls() {
  const rows = data.calls.map(
    ([what, result, resultName, count, first, last]) => ({what, result, resultName, count, first, last}));
  if (!rows.length) {
    $('calls-table')
      .replaceChildren(el('tbody', null, el('tr', null, el('td', {class: 'none'}, 'No call was recorded.'))));
    return;
  }
  const text = moment => timeText(moment, view.whole / 10000, view.whole);
  sortableTable($('calls-table'),
    plural(data.counts.events, 'event') +
      (data.otherCalls ?
          '; ' + plural(data.otherCalls, 'of them has', 'of them have') + ' results that are too many to list' :
          ''),
    [
      {name: 'Method', value: row => row.what, cell: row => row.what},
      {
        name: 'Result',
        value: row => row.resultName,
        cell: row => el('span', {class: isFailure(row.result) && 'failed-result'}, el('code', null, row.resultName),
          REASONS.has(row.result) ? ' ' + REASONS.get(row.result) : '')
      },
      {name: 'Number', number: true, value: row => row.count, cell: row => countText(row.count)},
      {name: 'First', number: true, value: row => row.first, cell: row => text(row.first)},
      {name: 'Last', number: true, value: row => row.last, cell: row => text(row.last)},
    ],
    rows, 2);
}

function drawHeader() {
  const {file, process, counts} = data, start = new Date(data.start);
  const when = isNaN(start) || start.getUTCFullYear() < 1970 || start.getUTCFullYear() > 9999 ?
    'at an unknown time' :
    start.toISOString().replace('T', ' ').replace(/\.\d+Z/, '') + ' UTC';
  $('file-name').textContent = visible(file.name);
  document.title = 'Memory of ' + visible(file.name);
  $('about').textContent = `Process ${process.id}, ${process.pointer * 8}-bit \u00B7 ${when} \u00B7 ` +
    `${data.seconds ? spanText(data.seconds) : 'no time'} \u00B7 ${plural(counts.events, 'event')} \u00B7 ${
      bytesText(file.bytes)}`;
  const notices = [];
  const notice = (heading, text) => notices.push(el('p', {class: 'notice warning'}, el('strong', null, heading), text));
  if (file.ending === 'cut off')
    notice('The end is missing.',
      'The trace was not finished: the process ended, or is still running. All that was written is shown.');
  if (file.ending === 'damaged')
    notice('The file is damaged.', 'What lies before the damage is shown: ' + file.problem);
  if (counts.dropped)
    notice('Events were lost.',
      plural(counts.dropped, 'event') + ' could not be recorded in time. Figures over time are set right by ' +
        'samples; counts, sizes and the map lack what was lost.');
  if (counts.late > counts.events / 1000)
    notice('Events out of order.', plural(counts.late, 'event') + ' came too late to be put where they belong.');
  if (counts.unknown)
    notice(
      'Unknown events.', plural(counts.unknown, 'event') + ' of kinds that this program does not know were left out.');
  if (!counts.events)
    notices.push(el('p', {class: 'notice'}, el('strong', null, 'Nothing happened.'), 'The trace has no events.'));
  $('notices').replaceChildren(...notices);
}

function drawTiles() {
  const tiles = [];
  const {counts: markCounts, refused, refusedBy, lastSystemError} = data.marks;
  const tile = (id, name, value, note, more = {}) => {
    const node =
      el('li', {class: 'tile' + (more.alert ? ' alert' : ''), id: 'tile-' + id}, el('span', {class: 'name'}, name),
        el('span', {class: 'value', title: more.exact}, value), el('span', {class: 'note'}, note));
    if (more.share !== undefined) {
      const fillBar = el('i');
      fillBar.style.width = Math.min(100, more.share * 100) + '%';
      node.append(el('span', {class: 'meter', 'aria-hidden': 'true'}, fillBar));
    }
    tiles.push(node);
  };
  const at = ({bytes, moment}) => bytes ? 'at ' + timeText(moment, view.whole / 1000, view.whole) : 'never any';
  const used = figures.peak('used'), committed = figures.peak('committed'), heap = figures.peak('heap');
  const limit = figures.count ? figures.limits[figures.columnOf(used.moment)].limit : 0;
  tile('used', 'Most in use', bytesText(used.bytes),
    (limit ? percentText(used.bytes / limit) + ' of ' + bytesText(limit) + ', ' : '') + at(used),
    {exact: exactText(used.bytes), share: limit ? used.bytes / limit : undefined});
  tile('committed', 'Most committed', bytesText(committed.bytes),
    at(committed) + `; ${follow.last()} ` + bytesText(data.live.committed), {exact: exactText(committed.bytes)});
  tile('heap', 'Most in heap blocks', bytesText(heap.bytes),
    at(heap) + `; ${follow.last()} ` + plural(data.live.blocks, 'block'), {exact: exactText(heap.bytes)});
  const refusals = markCounts[MARK.refused];
  tile('refused', 'Refused', countText(refusals),
    refusals ?
      [
        LEVELS.map((level, i) => refused[i] ? level + ' ' + countText(refused[i]) : '').filter(Boolean).join(', ') ||
          'no level given',
        refusersText(refusedBy), lastSystemError ? 'last error ' + lastSystemError : ''
      ].filter(Boolean).join('; ') :
      'no request for memory',
    {alert: refusals > 0});
  const [low, neutral, high] = [MARK.low, MARK.neutral, MARK.high].map(kind => markCounts[kind]);
  tile('notifications', 'Notifications', countText(low + neutral + high),
    `Low ${countText(low)}, Neutral ${countText(neutral)}, High ${countText(high)}`, {alert: low > 0});
  tile('events', 'Events', countText(data.counts.events),
    data.seconds ? countText(Math.round(data.counts.events / data.seconds)) + ' a second' +
        (data.counts.dropped ? '; ' + countText(data.counts.dropped) + ' lost' : '') +
        (data.counts.late ? '; ' + countText(data.counts.late) + ' late' : '') :
                   '');
  if (markCounts[MARK.waited])
    tile('waited', 'Waits', countText(markCounts[MARK.waited]), 'for memory');
  if (markCounts[MARK.injected])
    tile('injected', 'Injected faults', countText(markCounts[MARK.injected]), 'by fault rules');
  $('tiles').replaceChildren(...tiles);
}
