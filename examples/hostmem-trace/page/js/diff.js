/* Builds the page of a comparison. */

const changeText = bytes => (bytes < 0 ? '\u2212' : bytes > 0 ? '+' : '') + bytesText(Math.abs(bytes));
const countChangeText = count => (count < 0 ? '\u2212' : count > 0 ? '+' : '') + countText(Math.abs(count));
const grewBy = row => Math.max(0, row.after - row.before);

Object.assign(flame, {
  begin() {},
  canShow: name => paths.root.values[PATH[name]] > 0,
  drawn() {},

  sum() {
    const {values} = paths.root, amount = flame.amount(paths.root);
    if (flame.value !== PATH.growth)
      return `${amount} were left at the end of ${flame.value === PATH.after ? 'B' : 'A'}.`;
    return (values[PATH.growth] ? `From A to B call paths ${amount}` : 'Nothing grew') +
      (paths.shrunk ? `; others shrank by ${bytesText(paths.shrunk)}.` : '.');
  },

  amount(node) {
    return amountText(node, flame.value, flame.value === PATH.growth, data.pages.length > 0);
  },
});

function drawSides() {
  const notices = [];
  const notice = (heading, text) => notices.push(el('p', {class: 'notice warning'}, el('strong', null, heading), text));
  for (const [letter, side] of [['a', data.a], ['b', data.b]]) {
    const start = new Date(side.start), name = letter.toUpperCase();
    const when = isNaN(start) || start.getUTCFullYear() < 1970 || start.getUTCFullYear() > 9999 ?
      'at an unknown time' :
      start.toISOString().replace('T', ' ').replace(/\.\d+Z/, '') + ' UTC';
    $('name-' + letter).textContent = visible(side.file);
    $('about-' + letter).textContent = `${name}: process ${side.process} \u00B7 ${when} \u00B7 ` +
      `${side.seconds ? spanText(side.seconds) : 'no time'} \u00B7 ${plural(side.events, 'event')}`;
    if (side.ending === 'cut off')
      notice(`The end of ${name} is missing.`,
        'The trace was not finished: the process ended, or is still running. What was left is what there was at that moment.');
    if (side.ending === 'damaged')
      notice(`The file of ${name} is damaged.`, 'What lies before the damage is compared: ' + side.problem);
    if (side.dropped)
      notice(`Events of ${name} were lost.`, plural(side.dropped, 'event') + ' could not be recorded in time.');
    if (side.notTracked)
      notice(`Blocks of ${name} are missing.`, plural(side.notTracked, 'block') + ' could not be tracked.');
  }
  if (!data.grew)
    notices.push(el('p', {class: 'notice'}, el('strong', null, 'Nothing grew'),
      data.threshold ? ` by more than ${bytesText(data.threshold)}.` : ' in the figures, origins, call paths and sizes.'));
  document.title = `What grew from ${visible(data.a.file)} to ${visible(data.b.file)}`;
  $('notices').replaceChildren(...notices);
}

const figureRows = data.figures.map(([name, before, after]) => ({name, before, after}));

function drawTiles() {
  const tile = (id, name, before, after, text) => el('li', {
    class: 'tile' + (after - before > data.threshold ? ' alert' : ''),
    id: 'tile-' + id
  },
    el('span', {class: 'name'}, name),
    el('span', {class: 'value', title: exactText(after - before)}, text(after - before)),
    el('span', {class: 'note'}, `${bytesText(before)} in A, ${bytesText(after)} in B`));
  const figure = (id, title, name) => {
    const {before, after} = figureRows.find(row => row.name === name);
    return tile(id, title, before, after, changeText);
  };
  $('tiles').replaceChildren(figure('used', 'In use at the end', 'committed and heap, last'),
    figure('most', 'In use at most', 'committed and heap, most'),
    figure('committed', 'Committed at the end', 'committed, last'), figure('heap', 'In heap blocks at the end', 'heap, last'),
    tile('left', 'Left in tracked blocks', paths.blocks.values[PATH.before], paths.blocks.values[PATH.after], changeText));
}

/* rows: before, after in bytes, and perhaps beforeBlocks, afterBlocks. */
function growthTable(table, caption, heading, rows, cell, value) {
  if (!rows.length) {
    table.replaceChildren(el('tbody', null, el('tr', null, el('td', {class: 'none'}, 'There is nothing.'))));
    return;
  }
  const most = Math.max(0, ...rows.map(grewBy));
  const columns = [
    {name: heading, value, cell},
    {name: 'Grew by', number: true, value: row => row.after - row.before, cell: row => grewBy(row) ?
      bytesCell(grewBy(row), most) :
      changeText(row.after - row.before)},
    {name: 'A', number: true, value: row => row.before, cell: row => bytesText(row.before)},
    {name: 'B', number: true, value: row => row.after, cell: row => bytesText(row.after)},
  ];
  if (rows[0].beforeBlocks !== undefined)
    columns.push({
      name: 'Blocks',
      number: true,
      value: row => row.afterBlocks - row.beforeBlocks,
      cell: row => countChangeText(row.afterBlocks - row.beforeBlocks)
    });
  sortableTable(table, caption, columns, rows, 1);
}

const amounts = ([before, beforeBlocks, after, afterBlocks]) => ({before, beforeBlocks, after, afterBlocks});
const listed = (rows, others, one) =>
  others.rows ? `The ${countText(rows.length)} that grew most; ${plural(others.rows, 'other')} grew by less` : plural(rows.length, one);

function drawTables() {
  const byName = row => named(row.name), name = row => row.name;
  const most = 200, grown = data.paths.slice(0, most).map(row => ({...amounts(row.left),
    frames: row.frames.map(i => data.frames[row.side][i])}));
  growthTable($('figures-table'), plural(figureRows.length, 'figure'), 'Figure', figureRows, byName, name);
  $('figures-sub').textContent = 'Last: at the end of the trace. Most: the highest at any time.' +
    (data.threshold ? ` What grew by more than ${bytesText(data.threshold)} counts as growth.` : '');
  growthTable($('grown-table'), listed(grown, {rows: data.paths.length - grown.length + data.otherPaths.rows}, 'call path'),
    'Innermost function', grown, originCell, originTitle);
  $('pages').hidden = !data.pages.length;
  if (data.pages.length) {
    const committed = data.pages.slice(0, most).map(({name: text, side, frames, left: [before, , after]}) =>
      ({before, after, name: text, frames: text ? undefined : frames.map(i => data.frames[side][i])}));
    growthTable($('pages-table'),
      listed(committed, {rows: data.pages.length - committed.length + data.otherPages.rows}, 'call path'),
      'Innermost function', committed, row => row.frames ? originCell(row) : named(row.name),
      row => row.frames ? originTitle(row) : row.name);
  }
  growthTable($('origins-table'), listed(data.origins, data.otherOrigins, 'origin'), 'Origin',
    data.origins.map(row => ({name: row.name, ...amounts(row.left)})), byName, name);
  growthTable($('sizes-table'), 'Sizes in powers of two', 'Size',
    data.sizes.map(({name: size, left}, order) => ({name: size, order, ...amounts(left)})), byName, row => row.order);
}

function start() {
  theme.start(() => {});
  drawSides();
  drawTiles();
  flame.start();
  drawTables();
  let width = innerWidth;
  new ResizeObserver(later(() => {
    if (document.body.clientWidth === width)
      return;
    width = document.body.clientWidth;
    if (paths.isKnown)
      flame.draw();
  }))
    .observe(document.body);
  addEventListener('scroll', tip.hide, {passive: true});
}

start();
