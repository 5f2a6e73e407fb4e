/* How cells look: looks[kind][level](x, y, width, height) paints one. Each kind has its own colour and pattern. */
function cellLooks(context, ratio) {
  const tile = (size, paint) => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = Math.round(size * ratio);
    const small = canvas.getContext('2d');
    small.scale(canvas.width / size, canvas.width / size);
    paint(small);
    return context.createPattern(canvas, 'repeat');
  };
  const lines = (name, back, size, width) => tile(size, small => {
    if (back) {
      small.fillStyle = back;
      small.fillRect(0, 0, size, size);
    }
    small.strokeStyle = colour(name);
    small.lineWidth = width;
    for (const shift of [-size, 0, size]) {
      small.beginPath();
      small.moveTo(shift, size);
      small.lineTo(shift + size, 0);
      small.stroke();
    }
  });
  const dots = tile(5, small => {
    small.fillStyle = colour('freed');
    small.fillRect(1, 1, 1.3, 1.3);
  });
  const across = tile(4, small => {
    small.fillStyle = colour('card');
    small.globalAlpha = 0.45;
    small.fillRect(0, 0, 4, 1);
  });
  const hatch = lines('card', null, 6, 1.6), reserved = lines('reserved', colour('reserved-back'), 6, 1);
  const painter = (...layers) => (x, y, width, height) => {
    for (const [style, alpha] of layers) {
      context.globalAlpha = alpha;
      context.fillStyle = style;
      context.fillRect(x, y, width, height);
    }
    context.globalAlpha = 1;
  };
  const levels = make => Array.from({length: 8}, (_, level) => make(0.55 + 0.45 * (level / 7)));
  const base = [colour('reserved-back'), 1];
  return [
    levels(() => () => {}),
    levels(() => painter([dots, 1])),
    levels(() => painter([reserved, 1])),
    levels(alpha => painter(base, [colour('mapped'), alpha], [across, 1])),
    levels(alpha => painter(base, [colour('committed'), alpha])),
    levels(alpha => painter(base, [colour('executable'), alpha], [hatch, 0.75])),
  ];
}

function drawSpaceKey() {
  $('space-key')
    .replaceChildren(...[CELL.committed, CELL.executable, CELL.mapped, CELL.reserved, CELL.freed].map(kind => {
      const canvas = el('canvas', {width: 36, height: 26, 'aria-hidden': 'true'}), context = canvas.getContext('2d');
      context.fillStyle = colour('card');
      context.fillRect(0, 0, 36, 26);
      cellLooks(context, 2)[kind][7](0, 0, 36, 26);
      return el('li', null, canvas, CELLS[kind]);
    }));
}
