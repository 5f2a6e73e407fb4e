/* Call paths as a flame graph: a bar for each function, below the one that called it, as wide as its share of bytes.
 * What the widths show is a value of the nodes; the value after it are blocks. A page has its paths (root, below,
 * isKnown), names for the values (PATH), and these functions: begin() before the first drawing, canShow(name), sum()
 * for the text of all, amount(node), and drawn() after each drawing. */

const flame = {
  value: 0,
  shown: paths.root, /* as wide as the graph */
  at: paths.root,    /* is in the Tab order */
  bars: new Map(),   /* node to element */
  nodes: new Map(),  /* element to node */
  most: 10000,       /* bars */
  thin: 20,          /* pixels, too few for text */

  /* Bars as [node, left edge, width] in shares of the whole width, without those narrower than `least`. */
  layout(least) {
    const bars = [];
    const place = (node, left, width) => {
      bars.push([node, left, width]);
      let at = left;
      for (const one of paths.below(node, flame.value)) {
        const share = one.values[flame.value] / node.values[flame.value] * width;
        if (share < least)
          break; /* so are those after it */
        place(one, at, share);
        at += share;
      }
    };
    for (let above = flame.shown.above; above; above = above.above)
      bars.unshift([above, 0, 1]);
    place(flame.shown, 0, 1);
    return bars;
  },

  draw() {
    const host = $('flame'), hasFocus = host.contains(document.activeElement), width = host.clientWidth || 600;
    const height = width < 560 ? 24 : 20;
    if (!flame.shown.values[flame.value])
      flame.shown = paths.root;
    let least = 0.5 / width, bars = flame.layout(least);
    while (bars.length > flame.most)
      bars = flame.layout(least *= 2);
    flame.bars =
      new Map(bars.map(([node, left, share]) => [node, flame.bar(node, left, share, share * width, height)]));
    flame.nodes = new Map([...flame.bars].map(([node, bar]) => [bar, node]));
    while (!flame.bars.has(flame.at))
      flame.at = flame.at.above; /* the outermost always has a bar */
    flame.bars.get(flame.at).setAttribute('tabindex', 0);
    host.style.height = (Math.max(...bars.map(([node]) => node.depth)) + 1) * height + 'px';
    host.replaceChildren(...flame.bars.values());
    if (hasFocus)
      flame.bars.get(flame.at).focus({preventScroll: true});
    $('flame-reset').disabled = flame.shown === paths.root;
    $('paths-sub').textContent = flame.sum() +
      ' The outermost functions are at the top, and below each are those that it called. ' +
      'Colours tell the larger modules and managed methods apart.';
    flame.read(flame.shown);
    flame.drawn();
    if ($('paths-details').open)
      flame.table();
  },

  bar(node, left, share, pixels, height) {
    const isAbove = node.depth < flame.shown.depth;
    const bar = el('div', {
      class: 'bar ' + (isAbove ? 'above' : node.look) + (pixels < flame.thin ? ' thin' : ''),
      role: 'treeitem',
      tabindex: -1,
      'aria-level': node.depth + 1,
      'aria-label': flame.lines(node).join(', '),
      dir: 'auto' /* as in named */
    },
      pixels < flame.thin ? null : visible(node.text));
    Object.assign(bar.style, {
      left: left * 100 + '%',
      width: share * 100 + '%',
      top: node.depth * height + 'px',
      height: height - 1 + 'px',
      lineHeight: height - 1 + 'px'
    });
    return bar;
  },

  /* The first is the heading. */
  lines(node) {
    const bytes = node.values[flame.value], all = paths.root.values[flame.value];
    const lines = [visible(node.text), flame.amount(node)];
    if (node.above)
      lines.push(percentText(bytes / all) + ' of all');
    if (flame.shown !== paths.root && node.depth > flame.shown.depth)
      lines.push(percentText(bytes / flame.shown.values[flame.value]) + ' of what is shown');
    return lines;
  },

  read(node) { $('paths-read').textContent = flame.lines(node).join('; '); },

  /* false: it is too narrow to have a bar. */
  focus(node) {
    const bar = flame.bars.get(node);
    if (!bar)
      return false;
    flame.bars.get(flame.at).setAttribute('tabindex', -1);
    flame.at = node;
    bar.setAttribute('tabindex', 0);
    bar.focus();
    return true;
  },

  zoom(node) {
    tip.hide();
    if (node === flame.shown)
      return;
    flame.shown = node;
    flame.draw();
    say('shown: ' + flame.lines(node).join(', '));
  },

  key(event) {
    const node = flame.nodes.get(event.target);
    if (!node || event.ctrlKey || event.altKey || event.metaKey)
      return;
    const beside = by => {
      const all = node.above ? paths.below(node.above, flame.value) : [node];
      return all[all.indexOf(node) + by];
    };
    const keys = {
      ArrowUp: () => flame.focus(node.above),
      ArrowDown: () => {
        const [largest] = paths.below(node, flame.value);
        const inward = node.depth < flame.shown.depth ? flame.towards(node) : largest;
        if (!flame.focus(inward) && inward)
          say('what it called is too narrow; Enter makes it wider');
      },
      ArrowLeft: () => flame.focus(beside(-1)),
      ArrowRight: () => flame.focus(beside(1)),
      Home: () => flame.focus(paths.root),
      Enter: () => flame.zoom(node),
      ' ': () => flame.zoom(node),
      Escape: () => flame.zoom(paths.root),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  },

  /* What is below a bar above the one shown. */
  towards(node) {
    let at = flame.shown;
    while (at.above !== node)
      at = at.above;
    return at;
  },

  /* Depth first; as many as are worth reading. */
  table() {
    const most = 500, rows = [], all = paths.root.values[flame.value];
    const list = node => {
      for (const one of paths.below(node, flame.value)) {
        if (one.values[flame.value] < all / 200 || rows.length === most)
          break;
        rows.push(one);
        list(one);
      }
    };
    list(flame.shown);
    $('paths-table')
      .replaceChildren(el('caption', null,
        'Functions, each followed by those that it called, down to half a percent' +
          (rows.length === most ? `; the first ${most}` : '')),
        el('thead', null,
          el('tr', null, ['Function', 'Depth', flame.value === PATH.growth ? 'Grew by' : 'Bytes', 'Blocks', 'Share'].map((name, i) => el('th',
                           {scope: 'col', class: i && 'number'}, name)))),
        el('tbody', null, rows.map(row => el('tr', null, el('th', {scope: 'row'}, named(row.text)),
                            [
                              countText(row.depth), bytesText(row.values[flame.value]),
                              countText(row.values[flame.value + 1]), percentText(row.values[flame.value] / all)
                            ].map(text => el('td', {class: 'number'}, text))))));
  },

  start() {
    if (!paths.isKnown)
      return;
    $('paths').hidden = $('paths-link').hidden = false;
    const host = $('flame'), choice = document.querySelectorAll('input[name=path-value]');
    const pointed = event => {
      const node = flame.nodes.get(event.target.closest('.bar'));
      if (!node)
        return;
      tip.show(flame.lines(node), event.clientX, event.clientY);
      flame.read(node);
    };
    const left = () => {
      tip.hide();
      flame.read(flame.shown);
    };
    host.addEventListener('pointermove', pointed);
    host.addEventListener('pointerleave', left);
    host.addEventListener('click', event => {
      const node = flame.nodes.get(event.target.closest('.bar'));
      if (!node)
        return;
      flame.at = node;
      flame.zoom(node);
    });
    host.addEventListener('keydown', flame.key);
    host.addEventListener('focusin', event => {
      const node = flame.nodes.get(event.target);
      if (!event.target.matches(':focus-visible'))
        return;
      tip.showAt(flame.lines(node), event.target);
      flame.read(node);
    });
    host.addEventListener('focusout', left);
    $('flame-reset').onclick = () => flame.zoom(paths.root);
    $('paths-details').addEventListener('toggle', () => {
      if ($('paths-details').open)
        flame.table();
    });
    flame.begin();
    for (const input of choice) {
      input.onchange = () => {
        flame.value = PATH[input.value];
        flame.draw();
      };
      input.disabled = !flame.canShow(input.value);
    }
    const first = [...choice].find(input => !input.disabled) || choice[0];
    first.checked = true;
    flame.value = PATH[first.value];
    flame.draw();
  },
};
