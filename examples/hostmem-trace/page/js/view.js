/* The range of time that both the timeline and the map show, and the moment of the line. */

const view = {
  whole: Math.max(data.seconds, data.timeline.width, 1e-9),
  from: 0,
  until: 0,
  moment: null, /* in seconds; null: no line */
  listeners: [],
  /* The closest zoom is a few columns, which have no finer detail. */
  get least() { return Math.min(view.whole, 8 * data.timeline.width); },

  set(from, until) {
    const length = Math.min(view.whole, Math.max(view.least, until - from));
    const middle = (from + until) / 2;
    view.from = Math.min(Math.max(0, middle - length / 2), view.whole - length);
    view.until = view.from + length;
    view.changed(true);
  },
  zoom(factor, around = view.moment ?? (view.from + view.until) / 2) {
    const length = Math.min(view.whole, Math.max(view.least, (view.until - view.from) * factor));
    const share = (around - view.from) / (view.until - view.from);
    const from = Math.min(Math.max(0, around - share * length), view.whole - length);
    view.set(from, from + length);
  },
  pan(share) {
    const by = Math.min(view.whole - view.until, Math.max(-view.from, share * (view.until - view.from)));
    view.set(view.from + by, view.until + by);
  },
  reset() { view.set(0, view.whole); },
  at(moment) {
    view.moment = moment === null ? null : Math.min(view.whole, Math.max(0, moment));
    view.changed(false);
  },
  /* Scrolls the range so that the moment is visible. */
  reveal(moment) {
    if (moment < view.from || moment > view.until)
      view.set(moment - (view.until - view.from) / 2, moment + (view.until - view.from) / 2);
  },
  changed(isWindow) { view.listeners.forEach(listener => listener(isWindow)); },
};
view.until = view.whole;

const momentText = moment => timeText(moment, (view.until - view.from) / 1000, view.until);

/* Input handling that the pictures share: dragging over a range, the wheel, and the keys for time. `plot` says
 * where time lies in the picture; `selected` shows the range being dragged over. */
function handleTime(node, plot, selected) {
  let start = null;
  const momentOf = event => {
    const box = node.getBoundingClientRect();
    return view.from + (event.clientX - box.left) / box.width * (view.until - view.from);
  };
  node.addEventListener('pointerdown', event => {
    if (event.button === 0 && event.pointerType === 'mouse') {
      start = event.clientX;
      node.setPointerCapture(event.pointerId);
    } else if (event.pointerType !== 'mouse') {
      view.at(momentOf(event));
    }
  });
  node.addEventListener('pointermove', event => {
    const box = node.getBoundingClientRect();
    view.at(momentOf(event));
    if (start !== null && Math.abs(event.clientX - start) > 3)
      selected(Math.min(start, event.clientX) - box.left, Math.max(start, event.clientX) - box.left);
  });
  node.addEventListener('pointerup', event => {
    const box = node.getBoundingClientRect(), from = start;
    start = null;
    selected(0, 0);
    if (from === null || Math.abs(event.clientX - from) <= 3)
      return;
    const scale = (view.until - view.from) / box.width;
    const ends = [from, event.clientX].map(x => view.from + (x - box.left) * scale).sort((a, b) => a - b);
    view.set(ends[0], ends[1]);
  });
  node.addEventListener('pointercancel', () => {
    start = null;
    selected(0, 0);
  });
  node.addEventListener('pointerleave', () => {
    tip.hide();
    if (start === null && document.activeElement !== node)
      view.at(null);
  });
  node.addEventListener('dblclick', view.reset);
  node.addEventListener('wheel', event => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey)
      return; /* let the page scroll */
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
      view.pan((event.deltaX || event.deltaY) / 800);
    else
      view.zoom(Math.pow(1.0022, event.deltaY), momentOf(event));
  }, {passive: false});
  node.addEventListener('keydown', event => {
    if (event.ctrlKey || event.altKey || event.metaKey)
      return;
    const step = (view.until - view.from) / 100 * (event.shiftKey ? 10 : 1);
    const moment = view.moment ?? (view.from + view.until) / 2;
    const go = to => {
      view.at(to);
      view.reveal(view.moment);
    };
    const keys = {
      'ArrowLeft': () => go(moment - step),
      'ArrowRight': () => go(moment + step),
      'Home': () => go(view.from > 0 && moment > view.from ? view.from : 0),
      'End': () => go(view.until < view.whole && moment < view.until ? view.until : view.whole),
      '+': () => view.zoom(0.5),
      '=': () => view.zoom(0.5),
      '-': () => view.zoom(2),
      '_': () => view.zoom(2),
      '0': view.reset,
      'PageUp': () => view.pan(-0.8),
      'PageDown': () => view.pan(0.8),
      'Escape': () => {
        view.at(null);
        tip.hide();
      },
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  node.addEventListener('focus', () => {
    if (view.moment === null && node.matches(':focus-visible'))
      view.at((view.from + view.until) / 2);
  });
  node.addEventListener('blur', () => view.at(null));
}

/* Grid lines and labels of time; the lines end at `bottom`, with the labels below. */
function timeAxis(plot, bottom, top) {
  const span = view.until - view.from, step = roundStep(span, Math.max(2, plot.width / 110));
  const group = svg('g', {'aria-hidden': 'true'});
  for (let i = Math.ceil(view.from / step - 1e-9); i * step <= view.until * (1 + 1e-12); i++) {
    const x = plot.left + (i * step - view.from) / span * plot.width;
    group.append(svg('line', {class: 'grid', x1: x, x2: x, y1: top, y2: bottom}));
    const anchor = x > plot.left + plot.width - 24 ? 'end' : 'middle';
    group.append(svg('text', {x, y: bottom + 15, 'text-anchor': anchor}, timeText(i * step, step, view.until)));
  }
  return group;
}
