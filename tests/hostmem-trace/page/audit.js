/* What test_page.py checks in the browser: contrast, overlap, and overflow. Returns a list of complaints. */
const complaints = [];

function luminance([r, g, b]) {
  const part = value => (value /= 255) <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
}
function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}
/* [r, g, b, alpha] of any CSS colour. */
const brush = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
function parse(text) {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = text;
  brush.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}
const over = (top, below) => top.slice(0, 3).map((value, i) => value * top[3] + below[i] * (1 - top[3]));
function background(node) {
  const layers = [];
  for (let at = node; at; at = at.parentElement)
    layers.push(parse(getComputedStyle(at).backgroundColor));
  return layers.reduceRight((below, top) => over(top, below), [255, 255, 255]);
}
const shown = node =>
  node.checkVisibility({checkVisibilityCSS: true, checkOpacity: true}) && node.getBoundingClientRect().width > 1;
const name = node => `${node.tagName.toLowerCase()} "${node.textContent.trim().slice(0, 40)}"`;

let texts = 0;
for (const node of document.querySelectorAll('body *')) {
  const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
  if (!own || !shown(node) || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'TITLE'].includes(node.tagName) ||
    node.closest('.hidden, .skip'))
    continue;
  texts++;
  const style = getComputedStyle(node), inImage = node.namespaceURI.endsWith('svg');
  const behind = background(inImage ? node.closest('div') : node),
        front = over(parse(inImage ? style.fill : style.color), behind);
  const size = parseFloat(style.fontSize), isLarge = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
  const found = contrast(front, behind);
  if (found < (isLarge ? 3 : 4.5) && !node.disabled)
    complaints.push(`contrast of ${name(node)} is ${found.toFixed(2)}`);
}
if (texts < 20)
  complaints.push('hardly any text was looked at');

/* Colours that must contrast with the card, and colours that must contrast with their neighbours. */
const palette = getComputedStyle(document.documentElement),
      of = key => parse(palette.getPropertyValue('--' + key).trim()).slice(0, 3);
for (const key of ['committed', 'heap', 'used', 'limit', 'calls', 'reserved', 'mapped', 'executable', 'freed', 'low',
       'neutral', 'high', 'waited', 'changed', 'injected'])
  if (contrast(of(key), of('card')) < 3)
    complaints.push(`contrast of ${key} with the card is ${contrast(of(key), of('card')).toFixed(2)}`);

if (document.documentElement.scrollWidth > innerWidth)
  complaints.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);

/* Labels in pictures neither overlap nor overflow. */
for (const image of document.querySelectorAll('svg')) {
  const labels = [...image.querySelectorAll('text')].filter(shown).map(node => [node, node.getBoundingClientRect()]);
  labels.forEach(([node, box], i) => {
    if (box.left < -0.5 || box.right > innerWidth + 0.5)
      complaints.push(`${name(node)} sticks out of the page`);
    for (const [other, second] of labels.slice(i + 1)) {
      const across = Math.min(box.right, second.right) - Math.max(box.left, second.left);
      const down = Math.min(box.bottom, second.bottom) - Math.max(box.top, second.top);
      if (across > 1 && down > 4)
        complaints.push(`${name(node)} and ${name(other)} overlap`);
    }
  });
}
for (const lane of document.querySelectorAll('#timeline svg > g')) {
  const boxes = [...lane.querySelectorAll(':scope > .mark')].map(mark => mark.getBoundingClientRect());
  for (let i = 1; i < boxes.length; i++)
    if (boxes[i].left < boxes[i - 1].right - 1)
      complaints.push(`two marks of ${lane.getAttribute('aria-label')} overlap`);
}
/* Nothing overflows its card, unless the card scrolls. */
for (const card of document.querySelectorAll('.card, .tile')) {
  const frame = card.getBoundingClientRect();
  for (const node of card.querySelectorAll('*')) {
    if (node.closest('.scroll, svg') || !shown(node) || node.closest('.hidden'))
      continue;
    const box = node.getBoundingClientRect();
    if (box.right > frame.right + 1 || box.left < frame.left - 1)
      complaints.push(`${name(node)} sticks out of its card`);
  }
}
return complaints;
