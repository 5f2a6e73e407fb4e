/* Origins and frames of stacks as text and colours, and the tree of call paths. A frame is [module, offset, name], or
 * an origin that is not a stack. */

function originTitle(origin) {
  if (origin.others)
    return `(beyond the first ${countText(origin.others)} origins)`;
  if (origin.name !== undefined)
    return (origin.name || '(no file)') + ':' + origin.line;
  if (origin.frames)
    return origin.frames.length ? frameText(origin.frames[0]) : '(an empty stack)';
  return origin.id ? 'origin ' + origin.id + ', not described' : '(not recorded)';
}

const frameText = ([module, offset, name]) => name || (module ? module + '+' + offset : offset);

function originCell(origin) {
  if (!origin.frames || origin.frames.length < 2)
    return el('span', null, named(originTitle(origin)));
  return el('div', null, named(originTitle(origin)),
    el('details', null, el('summary', null, 'Stack of ' + origin.frames.length),
      el('ol', {class: 'frames mono'}, origin.frames.map(frame => el('li', null, named(frameText(frame)))))));
}

function bytesCell(bytes, most) {
  const bar = el('span', {class: 'spark', 'aria-hidden': 'true'});
  bar.style.width = Math.max(bytes ? 2 : 0, bytes / Math.max(1, most) * 100) + '%';
  return el('span', {title: exactText(bytes)}, bytesText(bytes), bar);
}

const frameTitle = frame => Array.isArray(frame) ? frameText(frame) : originTitle(frame);

/* Classes in the style sheet. The modules with most functions have colours of their own, and so have managed methods,
 * whose names have no module, and source lines. */
function frameLooks(frames) {
  const isMethod = ([module, , name]) => name && !name.startsWith(module + '!');
  const counts = new Map();
  for (const frame of frames)
    if (Array.isArray(frame) && frame[0] && !isMethod(frame))
      counts.set(frame[0], (counts.get(frame[0]) || 0) + 1);
  const sorted = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const ranks = new Map(sorted.map((module, i) => [module, i]));
  return frames.map(frame => {
    if (!Array.isArray(frame))
      return frame.name === undefined ? 'unknown' : 'line';
    if (isMethod(frame))
      return 'method';
    return frame[0] ? 'module-' + ranks.get(frame[0]) : 'unknown';
  });
}

/* Call paths as a tree of frames, merged by their text, the outermost first. values: number of values of each node. */
function pathTree(values) {
  const make = (text, look, above) =>
    ({text, look, above, depth: above ? above.depth + 1 : 0, values: Array(values).fill(0), below: new Map()});
  const root = make('all call paths', 'unknown', null);
  const below = (node, text, look) => {
    if (!node.below.has(text))
      node.below.set(text, make(text, look, node));
    return node.below.get(text);
  };
  const add = (node, values) => {
    for (let at = node; at; at = at.above)
      values.forEach((value, i) => at.values[i] += value);
  };

  return {
    root,
    below,
    add,
    /* What is below a node, the largest first; without those that have nothing. */
    largest: (node, value) =>
      [...node.below.values()].filter(one => one.values[value]).sort((a, b) => b.values[value] - a.values[value])
  };
}

/* The nodes below which heap blocks and committed pages stand. Without pages that is the outermost one. */
function memoryNodes(tree, hasPages) {
  return hasPages ?
    ['heap blocks', 'committed pages'].map(text => tree.below(tree.root, text, 'unknown')) :
    [tree.root, tree.root];
}

/* The bytes of a node, and the number of blocks, which pages do not have. value: index of its bytes. */
function amountText(node, value, isGrowth, hasPages) {
  const bytes = bytesText(node.values[value]), blocks = node.values[value + 1];
  const hasBlocks = !hasPages || !node.above || blocks !== 0, more = hasPages && !node.above ? ', and pages' : '';
  if (!isGrowth)
    return hasBlocks ? `${bytes} in ${plural(blocks, 'block')}${more}` : bytes;
  return `grew by ${bytes}` + (hasBlocks ?
    ` (${blocks < 0 ? plural(-blocks, 'block') + ' fewer' : plural(blocks, 'block') + ' more'}${more})` :
    '');
}
