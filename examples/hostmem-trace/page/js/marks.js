/* The lanes of marks below the timeline. Each mark is a shape in the lane of its kind. Marks that would overlap are
 * drawn as one with a count. */

const LANES = [
  {name: 'Notifications', kinds: [MARK.low, MARK.neutral, MARK.high]},
  {name: 'Refusals', kinds: [MARK.refused]},
  {name: 'Waits', kinds: [MARK.waited]},
  {name: 'Limit', kinds: [MARK.limit, MARK.closed]},
  {name: 'Faults', kinds: [MARK.injected]},
  {name: 'Failures', kinds: [MARK.failed]},
].filter(lane => lane.kinds.some(kind => data.marks.counts[kind]));

/* A different shape for each kind, so that they can be told apart without colour. */
const SHAPES = [
  'M-4.5,-4.5 L4.5,4.5 M4.5,-4.5 L-4.5,4.5', /* refused: a cross */
  'M-5,0 H5 M0,-5 V5', 'M-6,-4 H6 L0,6 Z', 'M0,-6 L6,0 L0,6 L-6,0 Z', 'M-6,5 H6 L0,-6 Z', 'M-5,-5 H5 L-5,5 H5 Z',
  'M-5,-5 H5 V5 H-5 Z', 'M-5,-5 H5 V5 H-5 Z M-2,-2 H2 V2 H-2 Z',
  'M0,-6 L1.8,-1.8 L6,0 L1.8,1.8 L0,6 L-1.8,1.8 L-6,0 L-1.8,-1.8 Z'
];
const IS_STROKED = kind => kind === MARK.refused || kind === MARK.failed;

const markShape = kind => svg('path', {
  d: SHAPES[kind],
  class: 'mark-' + MARKS[kind][0],
  fill: IS_STROKED(kind) ? 'none' : null,
  'stroke-width': IS_STROKED(kind) ? 2.4 : 1,
  'fill-rule': 'evenodd'
});

const summaryLines = (some, count) => [countText(count) + ' in all, ' + momentText(some[0].first) + ' to ' +
  momentText(some[some.length - 1].last)];

Object.assign(timeline, {
  /* Marks that would overlap become one, with all their clusters. */
  lane(lane, y) {
    const {plot} = timeline, group = svg('g', {role: 'group', 'aria-label': lane.name});
    group.append(svg('line', {class: 'lane', x1: plot.left, x2: plot.left + plot.width, y1: y, y2: y}),
      svg('text', {x: plot.left - 8, y: y + 4, 'text-anchor': 'end', 'aria-hidden': 'true'}, lane.name));
    const together = [];
    for (const mark of marks.filter(candidate => lane.kinds.includes(candidate.kind))
           .sort((a, b) => a.first - b.first)) {
      if (mark.last < view.from || mark.first > view.until)
        continue;
      const x = timeline.clampedX((Math.max(mark.first, view.from) + Math.min(mark.last, view.until)) / 2);
      const latest = together[together.length - 1];
      if (latest && x - latest.x < (latest.count > 1 ? 21 + 8 * shortCount(latest.count).length : 23)) {
        latest.marks.push(mark);
        latest.count += mark.count;
      } else {
        together.push({x, marks: [mark], count: mark.count});
      }
    }
    const nodes = together.map(({x, marks: some, count}) => {
      const kind = Math.min(...some.map(mark => mark.kind));
      const lines = () => some.length < 5 ?
        some.flatMap(markLines) :
        [...summaryLines(some, count), ...some.slice(0, 2).flatMap(markLines), '\u2026'];
      const node = svg('g', {
        class: 'mark',
        transform: `translate(${x.toFixed(1)},${y})`,
        role: 'button',
        'aria-label': lines().join('; ') + '. Enter zooms in.'
      },
        svg('rect', {class: 'ring', x: -11, y: -11, width: 22, height: 22, rx: 6}), markShape(kind));
      if (count > 1)
        node.append(svg('text', {class: 'count', x: 8, y: 4}, shortCount(count)));
      const zoom = () => {
        const from = some[0].first, until = Math.max(...some.map(mark => mark.last)),
              around = Math.max((until - from) * 0.3, view.whole / 200);
        view.set(from - around, until + around);
      };
      node.addEventListener('click', zoom);
      node.addEventListener('keydown', event => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          zoom();
          $('timeline-catch').focus();
        } else if (event.key === 'Escape') {
          tip.hide();
        }
      });
      return hinted(node, lines);
    });
    rove(nodes);
    group.append(...nodes);
    return group;
  },

  goToMark(isForwards) {
    const from = view.moment ?? (isForwards ? view.from : view.until), little = (view.until - view.from) / 2000;
    const candidates = marks.filter(mark => isForwards ? mark.first > from + little : mark.first < from - little);
    if (!candidates.length) {
      say(isForwards ? 'no mark after this' : 'no mark before this');
      return;
    }
    const found =
      candidates.reduce((best, mark) => (isForwards ? mark.first < best.first : mark.first > best.first) ? mark : best);
    view.at(found.first);
    view.reveal(found.first);
    const lines = markLines(found), box = timeline.catch.getBoundingClientRect();
    tip.show(lines, timeline.x(found.first) - timeline.plot.left + box.left, box.bottom - 60);
    say(lines.join('; '));
  },
});
