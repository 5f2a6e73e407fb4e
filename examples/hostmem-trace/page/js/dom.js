/* Creates elements, and has what several parts of the page share: the hint at the pointer, announcements for screen
 * readers, keyboard focus that arrows move, and tables that can be sorted. Text is only inserted as text nodes. */

const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on'))
      node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined));
  return node;
}

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

/* Names come from the traced process. They are isolated from the text around them, so that right-to-left names do
 * not reorder it, and control and formatting characters are shown as escapes. */
const visible = text => text.replace(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g,
  character => '\u27E8U+' + character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0') + '\u27E9');
const named = text => el('bdi', null, visible(text));

const tip = {
  show(lines, x, y) {
    const box = $('tip');
    box.replaceChildren(...lines.map((line, i) => el(i ? 'span' : 'b', null, line)));
    box.hidden = false;
    const size = box.getBoundingClientRect();
    let left = x + 14, top = y + 14;
    if (left + size.width > innerWidth - 8)
      left = Math.max(8, x - 14 - size.width);
    if (top + size.height > innerHeight - 8)
      top = Math.max(8, y - 14 - size.height);
    box.style.left = left + 'px';
    box.style.top = top + 'px';
  },
  showAt(lines, node) {
    const box = node.getBoundingClientRect();
    tip.show(lines, box.left + box.width / 2, box.bottom - 8);
  },
  hide() { $('tip').hidden = true; },
};

let sayLater = 0;
function say(text) {
  clearTimeout(sayLater);
  sayLater = setTimeout(() => {
    $('live').textContent = text;
  }, 150);
}

/* Only one of the nodes is in the Tab order; arrows, Home and End move between them. */
function rove(nodes) {
  nodes.forEach((node, i) => {
    node.setAttribute('tabindex', i ? -1 : 0);
    node.addEventListener('keydown', event => {
      const to = {ArrowRight: i + 1,
        ArrowDown: i + 1,
        ArrowLeft: i - 1,
        ArrowUp: i - 1,
        Home: 0,
        End: nodes.length - 1}[event.key];
      if (to === undefined || event.ctrlKey || event.altKey || event.metaKey)
        return;
      event.preventDefault();
      event.stopPropagation();
      if (nodes[to]) {
        nodes.forEach(other => other.setAttribute('tabindex', -1));
        nodes[to].setAttribute('tabindex', 0);
        nodes[to].focus();
      }
    });
  });
}

function hinted(node, lines) {
  node.addEventListener('pointerenter', event => tip.show(lines(), event.clientX, event.clientY));
  node.addEventListener('pointermove', event => tip.show(lines(), event.clientX, event.clientY));
  node.addEventListener('pointerleave', tip.hide);
  node.addEventListener('focus', () => tip.showAt(lines(), node));
  node.addEventListener('blur', tip.hide);
  return node;
}

/* columns: {name, number, value(row) to sort by, cell(row)}; the first is the row's header. The first click on a
 * column of numbers sorts the largest first; the next click reverses the order. */
function sortableTable(table, caption, columns, rows, sortedBy) {
  let by = sortedBy, downwards = columns[by].number;
  const heads =
    columns.map((column, i) => el('th', {scope: 'col', class: column.number && 'number'},
                  el('button', {
                    type: 'button',
                    class: 'sort',
                    onclick() {
                      downwards = by === i ? !downwards : Boolean(column.number);
                      by = i;
                      draw();
                      say('sorted by ' + column.name + (downwards ? ', largest first' : ', smallest first'));
                    }
                  },
                    column.name)));
  const body = el('tbody');
  function draw() {
    const value = columns[by].value;
    const compare = (a, b) => typeof a === 'string' ? a.localeCompare(b) : a - b;
    const sorted = rows.map((row, i) => [row, i])
                     .sort((a, b) => (downwards ? -1 : 1) * compare(value(a[0]), value(b[0])) || a[1] - b[1]);
    heads.forEach((head, i) => {
      if (i === by)
        head.setAttribute('aria-sort', downwards ? 'descending' : 'ascending');
      else
        head.removeAttribute('aria-sort');
    });
    body.replaceChildren(
      ...sorted.map(([row]) => el('tr', null,
                      columns.map((column, i) => el(i ? 'td' : 'th',
                                    {class: column.number && 'number', scope: i ? null : 'row'}, column.cell(row))))));
  }
  table.replaceChildren(el('caption', null, caption), el('thead', null, el('tr', null, heads)), body);
  draw();
}

/* A step of 1, 2 or 5 times a power of ten, so that there are at most `most` steps. */
function roundStep(span, most) {
  const raw = span / Math.max(1, most), power = Math.pow(10, Math.floor(Math.log10(raw)));
  return (raw <= power ? 1 : raw <= 2 * power ? 2 : raw <= 5 * power ? 5 : 10) * power;
}

const colour = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
