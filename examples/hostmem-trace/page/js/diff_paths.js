/* The blocks left in two traces by call path, and by how much each path grew; and the committed pages, if the traces say
 * where those come from. */

/* Indices of a node's values. */
const PATH = {
  before: 0,
  beforeBlocks: 1,
  after: 2,
  afterBlocks: 3,
  growth: 4, /* of paths that grew only */
  growthBlocks: 5
};

const paths = (() => {
  const {frames, paths: rows, origins, pages, otherPaths, otherPages, otherOrigins} = data, tree = pathTree(6), {root} = tree;
  const looks = frames.map(frameLooks);
  const [blocks, committed] = memoryNodes(tree, pages.length > 0);
  let shrunk = 0;
  const add = (node, [before, beforeBlocks, after, afterBlocks]) => {
    const grew = after > before;
    tree.add(node, [before, beforeBlocks, after, afterBlocks, grew ? after - before : 0,
      grew ? afterBlocks - beforeBlocks : 0]);
    shrunk += grew ? 0 : before - after;
  };
  const addPath = (from, {side, frames: indices, name, left}) => add(
    indices.reduceRight((node, i) => tree.below(node, frameText(frames[side][i]), looks[side][i]),
      name ? tree.below(from, name, 'unknown') : from),
    left);
  rows.forEach(row => addPath(blocks, row));
  pages.forEach(row => addPath(committed, row));
  for (const {name, isLine, left} of origins)
    add(tree.below(blocks, name, isLine ? 'line' : 'unknown'), left);
  for (const [from, {rows: count, left}, name] of [[blocks, otherPaths, 'other call path'],
         [blocks, otherOrigins, 'other origin'], [committed, otherPages, 'other call path']])
    if (count)
      add(tree.below(from, plural(count, name), 'unknown'), left);
  return {root, blocks, shrunk, isKnown: rows.length + pages.length > 0, below: tree.largest};
})();
