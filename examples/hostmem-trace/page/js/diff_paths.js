/* The blocks left in two traces by call path, and by how much each path grew. */

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
  const {frames, paths: rows, origins, otherPaths, otherOrigins} = data, tree = pathTree(6), {root} = tree;
  const looks = frames.map(frameLooks);
  let shrunk = 0;
  const add = (node, [before, beforeBlocks, after, afterBlocks]) => {
    const grew = after > before;
    tree.add(node, [before, beforeBlocks, after, afterBlocks, grew ? after - before : 0,
      grew ? afterBlocks - beforeBlocks : 0]);
    shrunk += grew ? 0 : before - after;
  };
  for (const {side, frames: indices, left} of rows)
    add(indices.reduceRight((node, i) => tree.below(node, frameText(frames[side][i]), looks[side][i]), root), left);
  for (const {name, isLine, left} of origins)
    add(tree.below(root, name, isLine ? 'line' : 'unknown'), left);
  for (const [{rows: count, left}, name] of [[otherPaths, 'other call path'], [otherOrigins, 'other origin']])
    if (count)
      add(tree.below(root, plural(count, name), 'unknown'), left);
  return {root, shrunk, isKnown: rows.length > 0, below: tree.largest};
})();
