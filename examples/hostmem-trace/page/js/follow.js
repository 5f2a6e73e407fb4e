/* A page that is served while its trace is recorded: asks whether there is more, and loads the page anew, which then shows
 * the same parts as before. Not while somebody uses it, and not in a window that is hidden. */

const follow = {
  every: 2000, /* milliseconds */
  key: 'hostmem-follow',
  isPaused: false,
  usedAt: -Infinity,

  isRecording: () => data.file.ending === 'reading',

  /* What the last figures are. */
  last: () => follow.isRecording() ? 'now' : 'at the end',

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(follow.key)) || {};
    } catch {
      return {}; /* storage may be disabled */
    }
  },

  keep() {
    const path = node => node.above ? [...path(node.above), node.text] : [];
    const focus = document.activeElement, inFlame = paths.isKnown && $('flame').contains(focus);
    const state = {
      isPaused: follow.isPaused,
      window: view.until - view.from < view.whole * 0.9999 ? [view.from, view.until] : null,
      choices: [...document.querySelectorAll('input[type=radio]:checked')].map(input => [input.name, input.value]),
      open: [...document.querySelectorAll('details[id]')].filter(one => one.open).map(one => one.id),
      shown: path(flame.shown),
      at: path(flame.at),
      focus: inFlame ? 'flame' : focus && focus.id,
    };
    if (paths.lastMoment)
      state.moments = flame.moments.map(moment => moment === paths.lastMoment ? Infinity : paths.seconds(moment))
                        .map(seconds => seconds === Infinity ? 'end' : seconds);
    try {
      sessionStorage.setItem(follow.key, JSON.stringify(state));
    } catch {
      /* the next page begins from the start */
    }
  },

  restore() {
    const state = follow.kept(), find = path => path.reduce((node, text) => node.below.get(text) || node, paths.root);
    follow.isPaused = Boolean(state.isPaused);
    if (!state.choices)
      return;
    if (state.window)
      view.set(...state.window);
    if (paths.lastMoment && state.moments) {
      const [from, until] = state.moments.map(one => one === 'end' ? paths.lastMoment : paths.momentAt(one, false));
      flame.choose(from, until, until === from);
    }
    for (const [name, value] of state.choices) {
      const input = document.querySelector(`input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
      if (input && !input.checked && !input.disabled)
        input.click();
    }
    if (paths.isKnown) {
      flame.shown = find(state.shown);
      flame.at = find(state.at);
      flame.draw();
    }
    for (const id of state.open)
      if ($(id))
        $(id).open = true;
    const focus = state.focus === 'flame' && paths.isKnown ? flame.bars.get(flame.at) : state.focus && $(state.focus);
    if (focus)
      focus.focus({preventScroll: true});
  },

  say(text) { $('follow-text').textContent = text; },

  async ask() {
    let version;
    try {
      version = +await (await fetch('/version', {cache: 'no-store'})).text();
    } catch {
      follow.say('The program that served this page has ended. It shows what there was.');
      $('follow-pause').hidden = true;
      return;
    }
    const isUsed = performance.now() - follow.usedAt < follow.every || String(getSelection()) !== '';
    if (version !== data.version && !follow.isPaused && !isUsed && document.visibilityState === 'visible') {
      follow.keep();
      location.reload();
    } else {
      setTimeout(follow.ask, follow.every);
    }
  },

  start() {
    if (!data.version)
      return; /* a page in a file */
    follow.restore();
    const button = $('follow-pause'), isRecording = follow.isRecording();
    const at = new Date().toLocaleTimeString('en-GB');
    $('follow').hidden = false;
    const draw = () => {
      button.textContent = follow.isPaused ? 'Resume updates' : 'Pause updates';
      follow.say(isRecording ? `Being recorded; ${follow.isPaused ? 'paused, as of' : 'updated at'} ${at}.`
                             : 'The trace has ended.');
    };
    if (isRecording)
      document.querySelector('input[name=path-value][value=left] + span').textContent = 'Left now';
    button.hidden = !isRecording;
    button.onclick = () => {
      follow.isPaused = !follow.isPaused;
      follow.keep();
      draw();
    };
    for (const type of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])
      addEventListener(type, () => { follow.usedAt = performance.now(); }, {passive: true});
    draw();
    if (isRecording)
      setTimeout(follow.ask, follow.every);
  },
};
