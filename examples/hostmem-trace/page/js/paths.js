/* Heap blocks by call path: a tree of frames, merged by their text, the outermost first. */

/* Indices of a node's values. */
const PATH = {
  left: 0,
  leftBlocks: 1,
  allocated: 2,
  allocatedBlocks: 3
};

const paths = (() => {
  const {frames, rows, otherOrigins, others} = data.paths;
  const titles = frames.map(frame => Array.isArray(frame) ? frameText(frame) : originTitle(frame));

  /* The modules with most functions have colours of their own, and so have managed methods, whose names have no module,
   * and source lines. */
  const isMethod = ([module, , name]) => name && !name.startsWith(module + '!');
  const counts = new Map();
  for (const frame of frames)
    if (Array.isArray(frame) && frame[0] && !isMethod(frame))
      counts.set(frame[0], (counts.get(frame[0]) || 0) + 1);
  const sorted = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const ranks = new Map(sorted.map((module, i) => [module, i]));
  const looks = frames.map(frame => {
    if (!Array.isArray(frame))
      return frame.name === undefined ? 'unknown' : 'line';
    if (isMethod(frame))
      return 'method';
    return frame[0] ? 'module-' + ranks.get(frame[0]) : 'unknown';
  });

  const make = (text, look, above) =>
    ({text, look, above, depth: above ? above.depth + 1 : 0, values: [0, 0, 0, 0], below: new Map()});
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

  let before = [];
  for (const row of rows) {
    const values = row.slice(0, 4);
    before = before.slice(0, row[4]).concat(row.slice(5));
    add(before.reduce((node, frame) => below(node, titles[frame], looks[frame]), root), values);
  }
  if (others[PATH.allocatedBlocks])
    add(below(root, plural(otherOrigins, 'other origin'), 'unknown'), others);

  return {
    root,
    /* Whether anything says where blocks come from. */
    isKnown: frames.some(frame => Array.isArray(frame) || frame.name !== undefined),
    /* The largest first; without those that have nothing. */
    below: (node, value) =>
      [...node.below.values()].filter(one => one.values[value]).sort((a, b) => b.values[value] - a.values[value])
  };
})();
