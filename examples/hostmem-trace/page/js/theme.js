/* The light or the dark theme, and drawing no more often than the screen is. */

const theme = {
  names: ['system', 'light', 'dark'],
  now: 'system',
  dark: matchMedia('(prefers-color-scheme: dark)'),
  drawColours() {}, /* what the style sheet does not */
  apply() {
    const isDark = theme.now === 'dark' || theme.now === 'system' && theme.dark.matches;
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    $('theme').textContent = 'Theme: ' + theme.now;
  },
  set(name) {
    theme.now = name;
    try {
      localStorage.setItem('hostmem-theme', name);
    } catch {
      /* storage may be disabled */
    }
    theme.apply();
    theme.drawColours();
  },
  load() {
    try {
      const kept = localStorage.getItem('hostmem-theme');
      if (theme.names.includes(kept))
        theme.now = kept;
    } catch {
      /* storage may be disabled */
    }
    theme.apply();
  },
  /* drawColours: called when colours have changed. */
  start(drawColours) {
    theme.drawColours = drawColours;
    theme.load();
    $('theme').onclick = () => theme.set(theme.names[(theme.names.indexOf(theme.now) + 1) % 3]);
    theme.dark.addEventListener('change', () => {
      theme.apply();
      theme.drawColours();
    });
    /* Print with the light theme. */
    let before = null;
    addEventListener('beforeprint', () => {
      before = document.documentElement.dataset.theme;
      document.documentElement.dataset.theme = 'light';
      theme.drawColours();
    });
    addEventListener('afterprint', () => {
      document.documentElement.dataset.theme = before;
      theme.drawColours();
    });
  },
};

/* Draws once for all events of one animation frame. A hidden page gets no frames, so it is drawn at once. */
const later = draw => {
  let isAsked = false;
  return () => {
    if (isAsked)
      return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
};
