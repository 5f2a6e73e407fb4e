/* Heap blocks, and committed pages if the trace says where those come from, by call path, for a report: what is left,
 * what was allocated, and what grew between two moments. */

/* Indices of a node's values. */
const PATH = {
  left: 0,
  leftBlocks: 1,
  allocated: 2,
  allocatedBlocks: 3,
  growth: 4, /* of what was live, between two moments; of paths that grew only */
  growthBlocks: 5
};

const paths = (() => {
  const {frames, rows, pages, otherOrigins, others, live} = data.paths;
  const looks = frameLooks(frames), tree = pathTree(6), {root} = tree;
  const [blocks, committed] = memoryNodes(tree, pages.length > 0), arePages = new Set(pages);

  let before = [];
  const ends = rows.map((row, i) => {
    before = before.slice(0, row[4]).concat(row.slice(5));
    const end = before.reduce((node, frame) => tree.below(node, frameTitle(frames[frame]), looks[frame]),
      arePages.has(i) ? committed : blocks);
    tree.add(end, row.slice(0, 4));
    return end;
  });
  if (otherOrigins) {
    ends.push(tree.below(root, plural(otherOrigins, 'other origin'), 'unknown'));
    tree.add(ends[ends.length - 1], others);
  }

  /* What was live at a moment: of the changes of a row the last one before it. */
  const liveAt = (changes, moment) => {
    let low = 0, high = changes.length / 3;
    while (low < high) {
      const middle = low + high >> 1;
      if (changes[3 * middle] < moment)
        low = middle + 1;
      else
        high = middle;
    }
    return low ? changes.slice(3 * low - 2, 3 * low) : [0, 0];
  };

  return {
    root,
    /* Number of the last moment; moment 0 is the start. 0: what was live over time is not known. */
    lastMoment: live ? live.columns : 0,
    seconds: moment => Math.min(view.whole, moment * live.width),
    /* The one at or before a time, or with `after` at or after it. */
    momentAt: (seconds, after) => seconds >= view.whole ?
      live.columns :
      Math.min(live.columns, Math.max(0, after ? Math.ceil(seconds / live.width - 1e-9) :
                                                 Math.floor(seconds / live.width + 1e-9))),
    /* Sets the values of growth between two moments. Returns how much was freed of paths that shrank, in bytes. Each
     * path grew or shrank as a whole, however many stacks have its names. */
    compare(from, until) {
      const own = new Map(), clear = node => {
        node.values[PATH.growth] = node.values[PATH.growthBlocks] = 0;
        node.below.forEach(clear);
      };
      let shrunk = 0;
      clear(root);
      ends.forEach((end, i) => {
        const before = liveAt(live.rows[i], from), after = liveAt(live.rows[i], until), sum = own.get(end) || [0, 0];
        own.set(end, sum.map((value, part) => value + after[part] - before[part]));
      });
      for (const [end, [bytes, blocks]] of own)
        if (bytes > 0)
          tree.add(end, [0, 0, 0, 0, bytes, blocks]);
        else
          shrunk -= bytes;
      return shrunk;
    },
    /* Whether anything says where blocks come from. */
    isKnown: frames.some(frame => Array.isArray(frame) || frame.name !== undefined),
    below: tree.largest
  };
})();
