/* The flame graph of a report: its views, and the two moments between which growth is shown. */

Object.assign(flame, {
  moments: [0, 0], /* between which growth is shown */
  shrunk: 0,       /* bytes, of paths that did not grow */

  canShow: name => name === 'growth' ? paths.lastMoment > 0 : paths.root.values[PATH[name]] > 0,

  /* What all of it is. */
  sum() {
    const {values} = paths.root, amount = flame.amount(paths.root);
    if (flame.value === PATH.left)
      return `${amount} ${follow.isRecording() ? 'are' : 'were'} left ${follow.last()}.`;
    if (flame.value === PATH.allocated)
      return amount + ' were allocated.';
    const [from, until] = flame.moments.map(flame.momentText);
    return `From ${from} to ${until} ` + (values[PATH.growth] ? `call paths ${amount}` : 'nothing grew') +
      (flame.shrunk ? `; others shrank by ${bytesText(flame.shrunk)}.` : '.');
  },

  drawn() { $('paths-moments').hidden = flame.value !== PATH.growth; },

  momentText: moment => timeText(paths.seconds(moment), view.whole / 1000, view.whole),

  amount(node) {
    return amountText(node, flame.value, flame.value === PATH.growth, data.paths.pages.length > 0);
  },

  /* Chooses the moments; the one that was changed last stays where it is, and the other one makes room. */
  choose(from, until, isFrom) {
    const last = paths.lastMoment;
    if (isFrom)
      until = Math.max(until, (from = Math.min(from, last - 1)) + 1);
    else
      from = Math.min(from, (until = Math.max(until, 1)) - 1);
    flame.moments = [from, until];
    flame.shrunk = paths.compare(from, until);
    flame.moments.forEach((moment, i) => {
      const input = $(['growth-from', 'growth-until'][i]), text = flame.momentText(moment);
      input.value = moment;
      input.setAttribute('aria-valuetext', text);
      $(input.id + '-text').textContent = text;
    });
  },

  compare(from, until, isFrom) {
    flame.choose(from, until, isFrom);
    flame.draw();
    say(flame.sum());
  },

  begin() {
    if (!paths.lastMoment)
      return;
    const [from, until] = [$('growth-from'), $('growth-until')], last = paths.lastMoment;
    from.max = until.max = last;
    from.oninput = () => flame.compare(+from.value, +until.value, true);
    until.oninput = () => flame.compare(+from.value, +until.value, false);
    $('growth-window').onclick = () =>
      flame.compare(paths.momentAt(view.from, false), paths.momentAt(view.until, true), false);
    flame.choose(last >> 1, last, false);
  },
});
