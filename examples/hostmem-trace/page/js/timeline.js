/* The timeline: memory in use as an area below the limit, the zones, the number of calls, and marks in lanes below. */

const timeline = {
  plot: {left: 0, top: 10, width: 0, height: 0},

  draw() {
    const host = $('timeline-chart'), width = host.clientWidth, isNarrow = width < 560;
    if (!figures.count || !data.counts.events && !data.counts.samples) {
      host.replaceChildren(el('p', {class: 'none'}, 'There is nothing to show.'));
      for (const node of document.querySelectorAll(
             '#timeline .tools, #timeline .hint, #timeline dl, #timeline-details'))
        node.hidden = true;
      return;
    }
    const plot = timeline.plot = {left: isNarrow ? 102 : 128, top: 10, height: isNarrow ? 200 : 260};
    plot.width = Math.max(60, width - plot.left - 24);
    const callsTop = plot.top + plot.height + 8, callsHeight = 34, lanesTop = callsTop + callsHeight + 8,
          laneHeight = 24;
    const bottom = lanesTop + LANES.length * laneHeight;
    const image = svg('svg',
      {viewBox: `0 0 ${width} ${bottom + 22}`, height: bottom + 22, role: 'group', 'aria-label': 'Memory over time'});
    timeline.top = timeline.mostShown() * 1.06 || 1;
    image.append(timeAxis(plot, bottom, plot.top), timeline.bytesAxis());
    image.append(...timeline.zones(), ...timeline.areas(), ...timeline.thresholds());
    image.append(...timeline.callBars(callsTop, callsHeight));
    timeline.cross = svg('line', {class: 'cross', y1: plot.top, y2: bottom, visibility: 'hidden'});
    timeline.selection = svg('rect', {class: 'selection', y: plot.top, height: bottom - plot.top, width: 0});
    image.append(timeline.selection, timeline.cross);
    const lanes = LANES.map((lane, i) => timeline.lane(lane, lanesTop + (i + 0.5) * laneHeight));
    image.append(...lanes);

    if (!timeline.catch) {
      timeline.catch = el('div', {
        class: 'catch',
        id: 'timeline-catch',
        tabindex: 0,
        role: 'slider',
        'aria-label': 'Moment on the timeline',
        'aria-orientation': 'horizontal',
        'aria-valuemin': 0
      });
      handleTime(timeline.catch, plot, (from, until) => {
        timeline.selection.setAttribute('x', timeline.plot.left + Math.max(0, from));
        timeline.selection.setAttribute('width', Math.max(0, Math.min(until, timeline.plot.width) - Math.max(0, from)));
      });
      timeline.catch.addEventListener('keydown', event => {
        if (event.key === 'n' || event.key === 'p')
          timeline.goToMark(event.key === 'n');
      });
      host.append(timeline.catch);
    }
    const {style} = timeline.catch;
    style.left = plot.left + 'px';
    style.top = plot.top + 'px';
    style.width = plot.width + 'px';
    style.height = lanesTop - plot.top - 4 + 'px';
    timeline.image?.remove();
    timeline.image = image;
    host.append(image);
    timeline.read();
  },

  x: moment => timeline.plot.left + (moment - view.from) / (view.until - view.from) * timeline.plot.width,
  y: bytes => timeline.plot.top + timeline.plot.height * (1 - bytes / timeline.top),
  clampedX: moment =>
    Math.min(timeline.plot.left + timeline.plot.width, Math.max(timeline.plot.left, timeline.x(moment))),
  columns: () => [figures.columnOf(view.from), figures.columnOf(view.until)],

  /* The limit is included unless it is far above everything used. */
  mostShown() {
    const [first, last] = timeline.columns();
    const used = Math.max(figures.summary('used', first, last).most, figures.summary('committed', first, last).most);
    let limit = 0;
    for (let i = first; i <= last; i++)
      limit = Math.max(limit, figures.limits[i].limit);
    return used && limit > 5 * used ? used : Math.max(used, limit);
  },

  bytesAxis() {
    const {plot} = timeline, group = svg('g', {'aria-hidden': 'true'});
    /* A round number in the unit of the labels. */
    const unit = Math.pow(1024, Math.max(0, Math.floor(Math.log2(Math.max(1, timeline.top)) / 10)));
    const step = Math.max(roundStep(timeline.top / unit, 5) * unit, 1);
    for (let bytes = 0; bytes <= timeline.top; bytes += step) {
      const y = timeline.y(bytes);
      group.append(svg('line', {class: 'grid', x1: plot.left, x2: plot.left + plot.width, y1: y, y2: y}));
      group.append(svg('text', {x: plot.left - 8, y: y + 4, 'text-anchor': 'end'}, bytesText(bytes)));
    }
    return group;
  },

  /* Ranges of columns with the same limits: [first, last, limits]. */
  limitStretches() {
    const stretches = [];
    const [first, last] = timeline.columns();
    for (let i = first; i <= last; i++) {
      const now = figures.limits[i], latest = stretches[stretches.length - 1];
      if (latest && latest[2] === now)
        latest[1] = i;
      else
        stretches.push([i, i, now]);
    }
    return stretches;
  },

  stretchX([first, last]) {
    const from = timeline.clampedX(first * figures.width);
    return [
      from, Math.max(from, timeline.clampedX(last === figures.count - 1 ? view.whole : (last + 1) * figures.width))
    ];
  },

  zones() {
    const rects = [];
    for (const stretch of timeline.limitStretches()) {
      const {limit, low, neutral, high} = stretch[2], [from, until] = timeline.stretchX(stretch);
      if (!limit)
        continue;
      const band = (name, below, above) => {
        const top = timeline.y(Math.min(above, timeline.top)), bottom = timeline.y(Math.min(below, timeline.top));
        if (bottom > top)
          rects.push(svg('rect', {class: 'zone-' + name, x: from, width: until - from, y: top, height: bottom - top}));
      };
      band('high', 0, high);
      band('neutral', neutral, low);
      band('low', low, timeline.top);
    }
    return rects;
  },

  thresholds() {
    const nodes = [];
    const stretches = timeline.limitStretches();
    const longest = stretches.reduce((best, one) => best && best[1] - best[0] >= one[1] - one[0] ? best : one, null);
    stretches.forEach(stretch => {
      const [from, until] = timeline.stretchX(stretch), limits = stretch[2];
      if (!limits.limit)
        return;
      for (const name of ['high', 'neutral', 'low', 'limit'])
        if (limits[name] <= timeline.top)
          nodes.push(svg('line', {
            class: name === 'limit' ? 'limit' : 'threshold',
            x1: from,
            x2: until,
            y1: timeline.y(limits[name]),
            y2: timeline.y(limits[name])
          }));
      if (stretch === longest)
        nodes.push(...timeline.zoneLabels(limits, from));
    });
    return nodes;
  },

  /* At the left, where they hide least; as many as fit. */
  zoneLabels(limits, left) {
    const words = {
      limit: 'limit ' + bytesText(limits.limit),
      low: 'Low from here up',
      neutral: 'Neutral below',
      high: 'High below'
    };
    const label = (y, text) => svg('text', {class: 'label-in', x: left + 6, y}, text);
    if (limits.limit > timeline.top)
      return [label(timeline.plot.top + 14, `limit ${bytesText(limits.limit)}, above this`)];
    const nodes = [];
    let above = -Infinity;
    for (const name of ['limit', 'low', 'neutral', 'high']) {
      const line = timeline.y(limits[name]),
            y = name === 'limit' && line > timeline.plot.top + 14 ? line - 5 : line + 13;
      if (y - above < 14)
        continue;
      above = y;
      nodes.push(label(y, words[name]));
    }
    return nodes;
  },

  /* One step for each pixel or column, whichever is wider: its left edge and its columns. */
  steps() {
    const [first, last] = timeline.columns();
    const each = Math.max(1, Math.ceil((last - first + 1) / timeline.plot.width));
    const steps = [];
    for (let i = first; i <= last; i += each)
      steps.push([timeline.clampedX(i * figures.width), i, Math.min(last, i + each - 1)]);
    return steps;
  },

  areas() {
    const steps = timeline.steps().map(([x, first, last]) => ({
      x,
      committed: figures.summary('committed', first, last),
      heap: figures.summary('heap', first, last),
      used: figures.summary('used', first, last)
    }));
    const end = timeline.clampedX(view.whole);
    const outline = value =>
      steps.map(step => `H${step.x.toFixed(1)}V${timeline.y(value(step)).toFixed(1)}`).join('') + `H${end}`;
    const between = (low, high) => {
      let path = '';
      steps.forEach((step, i) => {
        const until = i + 1 < steps.length ? steps[i + 1].x : end, top = timeline.y(high(step)),
              bottom = timeline.y(low(step));
        if (bottom - top > 0.4)
          path +=
            `M${step.x.toFixed(1)},${bottom.toFixed(1)}V${top.toFixed(1)}H${until.toFixed(1)}V${bottom.toFixed(1)}Z`;
      });
      return path;
    };
    return [
      svg('path', {class: 'committed', d: between(() => 0, step => step.committed.last)}),
      svg(
        'path', {class: 'heap', d: between(step => step.committed.last, step => step.committed.last + step.heap.last)}),
      svg('path', {class: 'range', d: between(step => step.used.least, step => step.used.most)}),
      svg('path', {
        class: 'used',
        d: `M${steps[0].x.toFixed(1)},${timeline.y(steps[0].used.last).toFixed(1)}` + outline(step => step.used.last)
      }),
    ];
  },

  callBars(top, height) {
    const steps = timeline.steps(), {plot} = timeline;
    const counts = steps.map(([, first, last]) => figures.calls(first, last)), most = Math.max(1, ...counts);
    let path = '';
    steps.forEach(([x], i) => {
      const until = i + 1 < steps.length ? steps[i + 1][0] : timeline.clampedX(view.whole);
      const length = counts[i] && Math.max(1, counts[i] / most * (height - 2));
      if (length)
        path += `M${x.toFixed(1)},${top + height}v${(-length).toFixed(1)}H${Math.max(until, x + 0.8).toFixed(1)}V${
          top + height}Z`;
    });
    return [
      svg('line',
        {class: 'axis', x1: plot.left, x2: plot.left + plot.width, y1: top + height + 0.5, y2: top + height + 0.5}),
      svg('path', {class: 'bar-calls', d: path}),
      svg('text', {x: plot.left - 8, y: top + height - 8, 'text-anchor': 'end'}, 'Calls')
    ];
  },

  /* Shows in the legend the figures at the line, or without a line those of the whole range shown. */
  read() {
    const legend = $('legend'), {moment} = view;
    if (!timeline.catch)
      return;
    const visible = moment !== null && moment >= view.from && moment <= view.until;
    timeline.cross.setAttribute('visibility', visible ? 'visible' : 'hidden');
    if (visible) {
      timeline.cross.setAttribute('x1', timeline.x(moment));
      timeline.cross.setAttribute('x2', timeline.x(moment));
    }
    let first, last;
    if (visible)
      first = last = figures.columnOf(moment);
    else
      [first, last] = timeline.columns();
    const text = name => {
      const {least, most, last: final} = figures.summary(name, first, last);
      if (!visible)
        return 'up to ' + bytesText(most);
      return bytesText(final) + (most > least ? ' (' + bytesText(least) + ' to ' + bytesText(most) + ')' : '');
    };
    const limits = figures.limits[last];
    const used = figures.summary('used', first, last).last;
    const entry = (name, value, look) =>
      el('div', null, el('dt', null, look && swatch(look[0], look[1]), ' ', name), el('dd', null, value));
    const entries = [
      ['time', visible ? momentText(moment) : momentText(view.from) + ' to ' + momentText(view.until)],
      ['used', text('used'), ['line', 'used']], ['committed', text('committed'), ['', 'committed']],
      ['heap blocks', text('heap'), ['', 'heap']],
      ['limit', limits.limit ? bytesText(limits.limit) : 'none', ['dashed', 'limit']]
    ];
    if (limits.limit && visible)
      entries.push(['zone', figures.zone(used, limits) + ', ' + percentText(used / limits.limit) + ' of the limit']);
    entries.push(['calls', countText(figures.calls(first, last)), ['', 'calls']]);
    legend.replaceChildren(...entries.map(parts => entry(...parts)));
    const slider = timeline.catch;
    slider.setAttribute('aria-valuemax', view.whole);
    slider.setAttribute('aria-valuenow', moment ?? view.from);
    slider.setAttribute('aria-valuetext', visible ? momentText(moment) : 'no moment chosen');
    if (visible && document.activeElement === slider)
      say(entries.slice(1).map(([name, value]) => name + ' ' + value).join(', '));
  },

  table() {
    const table = $('timeline-table'), body = el('tbody'), [begin, end] = timeline.columns(), columns = end - begin + 1;
    const rows = Math.min(40, columns);
    for (let i = 0; i < rows; i++) {
      const first = begin + Math.floor(columns * i / rows), last = begin + Math.floor(columns * (i + 1) / rows) - 1;
      const from = first * figures.width, until = Math.min(view.whole, (last + 1) * figures.width);
      const inside =
        marks.filter(mark => figures.columnOf(mark.first) >= first && figures.columnOf(mark.first) <= last);
      const of = kinds => inside.filter(mark => kinds.includes(mark.kind)).reduce((sum, mark) => sum + mark.count, 0);
      const limit = figures.limits[last].limit;
      body.append(el('tr', null, el('th', {scope: 'row'}, momentText(from) + ' to ' + momentText(until)),
        ...['used', 'committed', 'heap'].map(
          name => el('td', {class: 'number'}, bytesText(figures.summary(name, first, last).most))),
        el('td', {class: 'number'}, limit ? bytesText(limit) : 'none'),
        el('td', {class: 'number'}, countText(figures.calls(first, last))),
        el('td', {class: 'number'}, countText(of([MARK.refused]))),
        el('td', null,
          ['low', 'neutral', 'high']
            .filter(name => of([MARK[name]]))
            .map(name => name + ' ' + countText(of([MARK[name]])))
            .join(', '))));
    }
    table.replaceChildren(el('caption', null, 'What is shown, in parts; figures are the most in each'),
      el('thead',
        null, el('tr', null, ['Time', 'Used', 'Committed', 'Heap blocks', 'Limit', 'Calls', 'Refused',
          'Notifications'].map((name, i) => el('th', {scope: 'col', class: i && i < 7 && 'number'}, name)))),
      body);
  },
};

function swatch(kind, name) {
  const node = el('span', {class: 'swatch ' + kind});
  if (kind)
    node.style.borderColor = `var(--${name})`;
  else
    node.style.background = `var(--${name})`;
  return node;
}
