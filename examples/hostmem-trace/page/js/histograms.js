/* Histograms of sizes and lifetimes: a bar for each power of two. */

const HISTOGRAMS = [
  {
    name: 'reserved',
    title: 'Reservations',
    note: 'sizes that VirtualAlloc was asked to reserve',
    look: '',
    text: bytesText
  },
  {name: 'committed', title: 'Commits', note: 'sizes that VirtualAlloc was asked to commit', look: '', text: bytesText},
  {name: 'blocks', title: 'Heap blocks', note: 'sizes asked of Alloc and DebugAlloc', look: ' block', text: bytesText},
  {
    name: 'reservationLives',
    title: 'Lifetimes of reservations',
    note: 'of those that were released',
    look: ' life',
    text: nanoseconds => spanText(nanoseconds * 1e-9)
  },
  {
    name: 'blockLives',
    title: 'Lifetimes of heap blocks',
    note: 'of those that were freed',
    look: ' life',
    text: nanoseconds => spanText(nanoseconds * 1e-9)
  },
];

const histograms = {
  weight: 'count',

  draw() { $('histograms').replaceChildren(...HISTOGRAMS.map(histograms.figure)); },

  figure({name, title, note, look, text}) {
    const {first, count, bytes} = data.histograms[name], total = count.reduce((sum, one) => sum + one, 0);
    const caption = el('figcaption', null, title,
      el('small', null, total ? plural(total, 'one', 'in all').replace('one', 'in all') + '; ' + note : note));
    if (!total)
      return el('figure', null, caption, el('p', {class: 'none'}, 'There were none.'));
    const values = histograms.weight === 'count' ? count : bytes, most = Math.max(1, ...values);
    const wide = $('histograms').clientWidth, across = Math.max(1, Math.floor((wide + 24) / (336 + 24)));
    const width = Math.max(200, (wide - (across - 1) * 24) / across), height = 132, left = 2, bottom = height - 20,
          top = 14;
    const each = Math.min(46, (width - left) / count.length);
    const image = svg('svg', {
      viewBox: `0 0 ${width} ${height}`,
      height,
      role: 'group',
      'aria-label': title + ' by size'.slice(0, name.endsWith('Lives') ? 0 : 8)
    });
    image.append(svg('line', {class: 'axis', x1: left, x2: width, y1: bottom + 0.5, y2: bottom + 0.5}));
    const from = bucket => bucket ? Math.pow(2, bucket - 1) : 0;
    const value = i => histograms.weight === 'count' ? countText(values[i]) : bytesText(values[i]);
    const nodes = count.map((number, i) => {
      const x = left + i * each, length = values[i] ? Math.max(1.5, values[i] / most * (bottom - top)) : 0,
            bucket = first + i;
      const lines = () => [bucket ? text(from(bucket)) + ' to ' + text(from(bucket + 1)) : text(0),
        countText(number) + ' (' + percentText(number / total) + ')', bytesText(bytes[i]) + ' in all'];
      const node = svg('g', {class: 'column', role: 'img', 'aria-label': lines().join(', ')},
        svg('rect', {class: 'hit', x, y: top - 12, width: each, height: bottom - top + 12, rx: 3}), svg('rect', {
          class: 'bar' + look,
          x: x + Math.min(1.5, each / 8),
          y: bottom - length,
          width: Math.max(1, each - Math.min(3, each / 4)),
          height: length,
          rx: Math.min(2, each / 6)
        }));
      if (each > 34 && values[i])
        node.append(
          svg('text', {x: x + each / 2, y: bottom - length - 3, 'text-anchor': 'middle', 'aria-hidden': 'true'},
            histograms.weight === 'bytes' ? bytesText(values[i]).replace(/\u00A0|iB/g, '') : shortCount(values[i])));
      return hinted(node, lines);
    });
    rove(nodes);
    image.append(...nodes);
    /* As many labels as fit. */
    let taken = -Infinity;
    for (let i = 0; i < count.length; i++) {
      const label = text(from(first + i)), x = left + i * each, room = label.length * 7 + 8;
      if (x < taken || x + room > width + 8)
        continue;
      taken = x + room;
      image.append(svg('text', {x, y: height - 4, 'aria-hidden': 'true'}, label));
    }
    const table = el('table', null, el('caption', null, title),
      el('thead', null,
        el('tr', null, el('th', {scope: 'col'}, 'From'), el('th', {scope: 'col', class: 'number'}, 'Number'),
          el('th', {scope: 'col', class: 'number'}, 'Bytes'))),
      el('tbody', null,
        count.map(
          (number, i) => el('tr', null, el('th', {scope: 'row'}, text(from(first + i))),
            el('td', {class: 'number'}, countText(number)), el('td', {class: 'number'}, bytesText(bytes[i]))))));
    return el('figure', {'data-name': name}, caption, image,
      el('details', null, el('summary', null, 'As a table', el('span', {class: 'hidden'}, ': ' + title)), table));
  },
};
