/* The address space as a map: time from left to right, addresses from bottom to top. Address ranges that were never
 * in use are left out, and ranges that were only reserved are drawn smaller than their size. */

const space = {
  columns: data.space.columns,
  width: data.space.width,
  chunk: data.space.chunk,
  rows: data.space.rows.map(([address, ...runs]) => ({address: Number(address), text: address, runs})),
  listed: data.space.listed.map(
    ([base, size, since, until, isLive, committed, thread, protect, isView, isOlder, use]) =>
      ({base: Number(base), text: base, size, since, until, isLive, committed, thread, protect, isView, isOlder, use})),
  chosen: null, /* index of the selected part */

  /* Groups of adjacent addresses ("islands"), each with parts: rows of cells, and ranges that were only reserved.
   * Units are row heights. */
  layout() {
    const {chunk} = space,
          parts = space.rows.map(row => ({from: row.address, until: row.address + chunk, row, units: 1}));
    const starts = space.rows.map(row => row.address);
    const nextRow = address => {
      let low = 0, high = starts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle] < address)
          low = middle + 1;
        else
          high = middle;
      }
      return low;
    };
    /* Reservations, merged where they overlap, without the rows. */
    const ranges =
      space.listed.slice(0, 400)
        .map(one => [Math.floor(one.base / chunk) * chunk, Math.ceil((one.base + one.size) / chunk) * chunk])
        .sort((a, b) => a[0] - b[0]);
    const joined = [];
    for (const [from, until] of ranges) {
      const latest = joined[joined.length - 1];
      if (latest && from <= latest[1])
        latest[1] = Math.max(latest[1], until);
      else
        joined.push([from, until]);
    }
    const add = (from, until) => {
      const chunks = Math.round((until - from) / chunk);
      if (chunks > 0)
        parts.push({from, until, row: null, units: Math.min(chunks, 2 + 2 * Math.log2(chunks))});
    };
    for (const [from, until] of joined) {
      let at = from;
      for (let i = nextRow(from); i < starts.length && starts[i] < until; i++) {
        add(at, starts[i]);
        at = starts[i] + chunk;
      }
      add(at, until);
    }
    parts.sort((a, b) => a.from - b.from);
    const islands = [];
    for (const part of parts) {
      const latest = islands[islands.length - 1];
      if (latest && part.from <= latest.until) {
        latest.parts.push(part);
        latest.until = part.until;
        latest.units += part.units;
      } else {
        islands.push({from: part.from, until: part.until, parts: [part], units: part.units});
      }
    }
    return islands;
  },

  draw() {
    const host = $('space-chart'), width = host.clientWidth, isNarrow = width < 560;
    if (!space.islands)
      space.islands = space.layout();
    const {islands} = space;
    if (!islands.length) {
      host.replaceChildren(el('p', {class: 'none'}, 'Nothing was reserved or committed.'));
      $('space-details').hidden = $('space-read').hidden = true;
      return;
    }
    const units = islands.reduce((sum, island) => sum + island.units, 0);
    const gap = Math.min(16, 200 / islands.length), gaps = gap * (islands.length - 1);
    /* An island is at least as high as its label, if there is space. */
    const least = Math.min(15, 400 / islands.length);
    const unit = Math.min(14, Math.max(0.5, 420 / units));
    const plot = space.plot = {left: isNarrow ? 102 : 128, top: 6};
    plot.width = Math.max(60, width - plot.left - 24);
    let y = plot.top;
    for (const island of [...islands].reverse()) {
      const height = Math.max(island.units * unit, least), scale = height / island.units;
      island.top = y;
      island.bottom = y + height;
      let at = island.bottom;
      for (const part of island.parts) {
        part.bottom = at;
        at -= part.units * scale;
        part.top = at;
      }
      y += height + gap;
    }
    plot.height = y - gap - plot.top;
    const bottom = plot.top + plot.height + 4;

    const ratio = window.devicePixelRatio || 1,
          canvas = space.canvas = space.canvas || el('canvas', {'aria-hidden': 'true'});
    canvas.width = Math.round(plot.width * ratio);
    canvas.height = Math.round(plot.height * ratio);
    Object.assign(canvas.style,
      {left: plot.left + 'px', top: plot.top + 'px', width: plot.width + 'px', height: plot.height + 'px'});
    space.paint(canvas.getContext('2d'), ratio);

    const image = svg('svg', {viewBox: `0 0 ${width} ${bottom + 22}`, height: bottom + 22, 'aria-hidden': 'true'});
    image.append(timeAxis(plot, bottom, bottom - 4));
    for (const island of islands.slice(1)) {
      const middle = island.bottom + gap / 2;
      image.append(svg('line', {class: 'gap', x1: plot.left, x2: plot.left + plot.width, y1: middle, y2: middle}));
    }
    /* Labels at the start of islands, and then of reservations in them, as many as fit. */
    const labels = [],
          bases = new Set(space.listed.slice(0, 400).map(one => Math.floor(one.base / space.chunk) * space.chunk));
    const addLabel = (from, bottom) => {
      if (labels.every(other => Math.abs(other - bottom) >= 13)) {
        labels.push(bottom);
        image.append(svg('text', {x: plot.left - 8, y: bottom - 1, 'text-anchor': 'end', class: 'mono'},
          shortAddress(from, isNarrow)));
      }
    };
    islands.forEach(island => addLabel(island.from, island.bottom));
    space.parts().filter(part => bases.has(part.from)).forEach(part => addLabel(part.from, part.bottom));
    space.cross = svg('line', {class: 'cross', y1: plot.top, y2: bottom, visibility: 'hidden'});
    space.outline = svg('rect', {class: 'outline', visibility: 'hidden'});
    space.selection = svg('rect', {class: 'selection', y: plot.top, height: plot.height, width: 0});
    image.append(space.selection, space.outline, space.cross);

    if (!space.catch) {
      space.catch = el('div', {
        class: 'catch',
        id: 'space-catch',
        tabindex: 0,
        role: 'slider',
        'aria-orientation': 'vertical',
        'aria-label': 'Place on the map: up and down for addresses, left and right for time',
        'aria-valuemin': 0
      });
      space.catch.addEventListener('keydown', event => {
        const by = {ArrowUp: 1, ArrowDown: -1}[event.key];
        if (!by)
          return;
        event.preventDefault();
        const parts = space.parts();
        space.chosen = Math.min(
          parts.length - 1, Math.max(0, space.chosen === null ? 0 : space.chosen + by * (event.shiftKey ? 10 : 1)));
        view.at(view.moment ?? (view.from + view.until) / 2);
      });
      space.catch.addEventListener('pointermove', event => {
        const at = event.clientY - space.catch.getBoundingClientRect().top + space.plot.top;
        const found = space.parts().findIndex(part => at >= part.top && at < part.bottom);
        space.chosen = found < 0 ? null : found;
        space.hover = found < 0 ? null : [event.clientX, event.clientY];
      });
      space.catch.addEventListener('pointerleave', () => {
        space.chosen = space.hover = null;
      });
      handleTime(space.catch, plot, (from, until) => {
        space.selection.setAttribute('x', space.plot.left + Math.max(0, from));
        space.selection.setAttribute('width', Math.max(0, Math.min(until, space.plot.width) - Math.max(0, from)));
      });
      space.catch.addEventListener('focus', () => {
        if (space.chosen === null && space.catch.matches(':focus-visible')) {
          space.chosen = 0;
          space.read();
        }
      });
      space.catch.addEventListener('blur', () => {
        space.chosen = null;
        space.read();
      });
      host.append(canvas, space.catch);
    }
    Object.assign(space.catch.style,
      {left: plot.left + 'px', top: plot.top + 'px', width: plot.width + 'px', height: plot.height + 'px'});
    space.image?.remove();
    space.image = image;
    host.prepend(image);
    space.read();
  },

  parts: () => space.islands.flatMap(island => island.parts),
  x: moment => (moment - view.from) / (view.until - view.from) * space.plot.width,

  paint(context, ratio) {
    const {plot} = space, looks = cellLooks(context, ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    const rect = (look, from, until, top, bottom) => {
      const x = Math.round(Math.max(0, space.x(from)) * ratio),
            right = Math.round(Math.min(plot.width, space.x(until)) * ratio);
      const y = Math.round((top - plot.top) * ratio), below = Math.max(y + 1, Math.round((bottom - plot.top) * ratio));
      if (right < 0 || x > context.canvas.width || space.x(until) < 0)
        return;
      look(x, y, Math.max(1, right - x), below - y);
    };
    /* Reservations are drawn first, below everything else. */
    for (const one of space.listed.slice(0, 400)) {
      for (const part of space.parts()) {
        if (part.row || part.until <= one.base || part.from >= one.base + one.size)
          continue;
        rect(looks[one.isView ? CELL.mapped : CELL.reserved][7], one.since, Math.max(one.until, one.since), part.top,
          part.bottom);
      }
    }
    for (const part of space.parts()) {
      if (!part.row)
        continue;
      let column = 0;
      for (let i = 0; i < part.row.runs.length; i += 2) {
        const cell = part.row.runs[i], next = column + part.row.runs[i + 1];
        if (cell >> 3)
          rect(looks[cell >> 3][cell & 7], column * space.width, Math.min(view.whole, next * space.width), part.top,
            part.bottom);
        column = next;
      }
    }
  },

  cellAt(row, moment) {
    let column = Math.min(space.columns - 1, Math.floor(moment / space.width));
    for (let i = 0; i < row.runs.length; i += 2) {
      column -= row.runs[i + 1];
      if (column < 0)
        return row.runs[i];
    }
    return 0;
  },

  /* The reservation at a position, and text lines about the position, the first being the heading. */
  reservationAt: (part, moment) => space.listed.find(one => one.base < part.until && one.base + one.size > part.from &&
      one.since <= moment + space.width && one.until >= moment),

  describe(part, moment) {
    const one = space.reservationAt(part, moment), cell = part.row ? space.cellAt(part.row, moment) : 0;
    const state = part.row ? CELLS[cell >> 3] : one ? one.isView ? 'mapped' : 'reserved' : 'not in use';
    const share = cell >> 3 > CELL.freed && (cell & 7) < 7 ?
      ', ' + (cell & 7 ? '' : 'less than ') + ((cell & 7) + 1) + '/8 of it' :
      '';
    const lines = [
      address(part.from) + ' \u2013 ' + address(part.until - 1) + ' (' + bytesText(part.until - part.from) + ')',
      state + share + ' at ' + momentText(moment)
    ];
    if (one)
      lines.push(...reservationLines(one));
    return [lines, one];
  },

  read() {
    if (!space.islands?.length)
      return;
    const {moment} = view, parts = space.parts(), part = space.chosen === null ? null : parts[space.chosen];
    const visible = moment !== null && moment >= view.from && moment <= view.until;
    space.cross.setAttribute('visibility', visible ? 'visible' : 'hidden');
    if (visible) {
      space.cross.setAttribute('x1', space.plot.left + space.x(moment));
      space.cross.setAttribute('x2', space.plot.left + space.x(moment));
    }
    space.outline.setAttribute('visibility', 'hidden');
    if (!part || moment === null) {
      $('space-read').textContent =
        'Point at the map, or move about in it with the arrow keys, to read what was where.';
      space.catch.setAttribute('aria-valuetext', 'no place chosen');
      if (space.hover === null)
        tip.hide();
      return;
    }
    const [lines, one] = space.describe(part, moment);
    const within = one ? parts.filter(other => other.from < one.base + one.size && other.until > one.base) : [part];
    const left = space.plot.left + Math.max(0, space.x(one ? one.since : view.from));
    const right = space.plot.left + Math.min(space.plot.width, space.x(one ? one.until : view.until));
    for (const [name, value] of [['x', left], ['y', within[within.length - 1].top],
           ['width', Math.max(2, right - left)], ['height', within[0].bottom - within[within.length - 1].top],
           ['visibility', 'visible']])
      space.outline.setAttribute(name, value);
    $('space-read').textContent = lines.join('; ');
    space.catch.setAttribute('aria-valuemax', parts.length - 1);
    space.catch.setAttribute('aria-valuenow', space.chosen);
    space.catch.setAttribute('aria-valuetext', lines[0]);
    if (space.hover)
      tip.show(lines, ...space.hover);
  },

  table() {
    const text = moment => timeText(moment, view.whole / 1000, view.whole);
    sortableTable($('space-table'),
      'The largest of ' + plural(data.space.reservations, 'reservation') + ' by size and time',
      [
        {name: 'Address', value: one => one.base, cell: one => el('span', {class: 'mono'}, address(one.base))},
        {name: 'Size', number: true, value: one => one.size, cell: one => bytesText(one.size)},
        {name: 'Committed at most', number: true, value: one => one.committed, cell: one => bytesText(one.committed)},
        {name: 'Made', number: true, value: one => one.since, cell: one => one.isOlder ? 'before' : text(one.since)},
        {
          name: 'Released',
          number: true,
          value: one => one.isLive ? Infinity : one.until,
          cell: one => one.isLive ? 'not yet' : text(one.until)
        },
        {
          name: 'Thread',
          number: true,
          value: one => one.thread,
          cell: one => one.thread ? threadText(one.thread).replace('thread ', '') : ''
        },
        {name: 'Kind', value: kindOf, cell: kindOf},
        ...(data.kinds.length ? [{name: 'Used for', value: one => one.use, cell: one => one.use}] : []),
      ],
      space.listed.slice(0, 100), 1);
  },
};

const kindOf = one => one.isView ? 'view' : one.isOlder ? 'reservation' : one.protect;
const address = value =>
  '0x' + BigInt(Math.round(value)).toString(16).toUpperCase().padStart(data.process.pointer === 4 ? 8 : 12, '0');

function shortAddress(value, isNarrow) {
  const text = address(value);
  return isNarrow ? text.slice(2) : text;
}

function reservationLines(one) {
  const what = one.isView ? 'a view' : 'a reservation';
  const text = moment => timeText(moment, view.whole / 1000, view.whole);
  return [
    `in ${what}${one.use ? ' for ' + one.use : ''} of ${bytesText(one.size)} at ${address(one.base)}` +
      (one.isView ? '' : `, at most ${bytesText(one.committed)} committed`),
    (one.isOlder ? 'older than the trace' :
                   `made at ${text(one.since)} by ${threadText(one.thread)}` + (one.isView ? '' : `, ${one.protect}`)) +
      (one.isLive ? `; still there ${follow.last()}` : `; released at ${text(one.until)}`)
  ];
}
