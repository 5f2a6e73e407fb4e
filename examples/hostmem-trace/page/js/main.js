/* Builds the page of a report, and redraws what depends on the time range, width and theme. */

function drawColours() {
  drawSpaceKey();
  space.draw();
}

function drawWindow() {
  $('window').textContent = view.until - view.from >= view.whole * 0.9999 ?
    'all of ' + spanText(view.whole) :
    momentText(view.from) + ' \u2013 ' + momentText(view.until);
  const length = view.until - view.from;
  $('zoom-in').disabled = length <= view.least * 1.0001;
  $('zoom-out').disabled = $('zoom-reset').disabled = length >= view.whole * 0.9999;
}

function drawTime() {
  drawWindow();
  timeline.draw();
  space.draw();
  if ($('timeline-details').open)
    timeline.table();
}

function start() {
  theme.start(drawColours);
  drawHeader();
  drawTiles();
  drawKinds();
  flame.start();
  drawOrigins();
  drawCalls();
  space.table();
  histograms.draw();
  $('space-sub').textContent =
    'Addresses from bottom to top, time from left to right. Gaps are left out (dotted lines); rows stand for ' +
    bytesText(space.chunk) + '. What was only reserved is drawn smaller.';
  drawSpaceKey();
  drawTime();

  const windowChanged = later(drawTime), momentChanged = later(() => {
    timeline.read();
    space.read();
  });
  view.listeners.push(isWindow => (isWindow ? windowChanged : momentChanged)());
  $('zoom-in').onclick = () => {
    view.zoom(0.5);
    say('shown: ' + $('window').textContent);
  };
  $('zoom-out').onclick = () => view.zoom(2);
  $('zoom-reset').onclick = () => view.reset();
  $('timeline-details').addEventListener('toggle', () => {
    if ($('timeline-details').open)
      timeline.table();
  });
  for (const input of document.querySelectorAll('input[name=weight]'))
    input.onchange = () => {
      histograms.weight = input.value;
      histograms.draw();
    };
  follow.start();
  let width = innerWidth;
  new ResizeObserver(later(() => {
    if (document.body.clientWidth === width)
      return;
    width = document.body.clientWidth;
    histograms.draw();
    if (paths.isKnown)
      flame.draw();
    drawTime();
  }))
    .observe(document.body);
  addEventListener('scroll', tip.hide, {passive: true});
}

start();
