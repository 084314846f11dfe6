// The chart: a readout of the bucket under the pointer or reached by the arrow keys; a stretch of time that is drawn
// over with the pointer, or marked with Shift and the arrow keys, becomes the time shown. Without this each bucket is a
// link into itself.
const states = new WeakMap();
const touched = new WeakMap();
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

const bands = (chart) => [...chart.querySelectorAll('.band')];
const plot = (event) => (event.target instanceof Element ? event.target.closest('.plot') : null);
const rows = (chart) => [...chart.closest('section').querySelectorAll('tbody tr')];
const name = (chart, index) => rows(chart)[index].querySelector('th').textContent;

// at: the bucket read out; from: where the marked stretch began, if there is one.
function show(chart, at, from = at) {
  const all = bands(chart);
  const readout = chart.parentElement.querySelector('.readout');
  const [first, last] = [Math.min(at, from), Math.max(at, from)];
  all.forEach((each, index) => each.classList.toggle('chosen', index >= first && index <= last));
  readout.hidden = !all[at];
  if (!all[at]) return;
  states.set(chart, { at, from });
  readout.textContent = first < last
    ? `${name(chart, first)} – ${name(chart, last)}`
    : all[at].querySelector('title').textContent;
  const beside = chart.parentElement.clientWidth - chart.clientWidth;
  const middle = beside + ((at + 0.5) / all.length) * chart.clientWidth;
  const room = chart.parentElement.clientWidth - readout.offsetWidth;
  readout.style.left = `${Math.max(0, Math.min(room, middle - readout.offsetWidth / 2))}px`;
}

// A hidden link of the page itself is followed, so that it is swapped in as every other link's page is.
function go(chart, href) {
  const link = chart.parentElement.querySelector('.goes');
  link.setAttribute('href', href);
  link.click();
}

function zoom(chart, one, other) {
  const links = bands(chart).slice(Math.min(one, other), Math.max(one, other) + 1).filter((band) => band.dataset.from);
  if (links.length < 2) return links[0] && go(chart, links[0].getAttribute('href'));
  const wanted = new URL(chart.parentElement.querySelector('.goes').href);
  ['date', 'page', 'interval', 'draw'].forEach((key) => wanted.searchParams.delete(key));
  wanted.searchParams.set('period', links[0].dataset.from.includes('T') ? 'hours' : 'custom');
  wanted.searchParams.set('from', links[0].dataset.from);
  wanted.searchParams.set('to', links.at(-1).dataset.to);
  return go(chart, wanted.pathname + wanted.search);
}

const band = (chart, event) => bands(chart).indexOf(event.target.closest('.band'));

function pointed(root) {
  let drawing = null;
  root.addEventListener('pointerdown', (event) => {
    const chart = plot(event);
    const from = chart && event.button === 0 ? band(chart, event) : -1;
    drawing = from < 0 ? null : { chart, from };
    // A finger holds on to what it touched first; what it is over now is what counts.
    if (drawing && event.target.hasPointerCapture(event.pointerId)) event.target.releasePointerCapture(event.pointerId);
  });
  root.addEventListener('pointermove', (event) => {
    const chart = plot(event);
    const at = chart ? band(chart, event) : -1;
    if (at >= 0) show(chart, at, drawing && drawing.chart === chart ? drawing.from : at);
  });
  root.addEventListener('pointerup', (event) => {
    const chart = plot(event);
    const at = chart && drawing && drawing.chart === chart ? band(chart, event) : -1;
    if (at >= 0 && at !== drawing.from) zoom(chart, drawing.from, at);
    drawing = null;
  });
  root.addEventListener('pointercancel', () => { drawing = null; });
  root.addEventListener('dragstart', (event) => plot(event) && event.preventDefault());
  root.addEventListener('pointerout', (event) => {
    const chart = plot(event);
    if (chart && !chart.contains(event.relatedTarget)) show(chart, -1);
  });
  root.addEventListener('click', (event) => {
    const chart = plot(event);
    if (!chart || event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest('a.band')) return;
    event.preventDefault();
    const at = band(chart, event);
    // Without a pointer that hovers, the first touch reads and the second one goes.
    if (event.pointerType === 'touch' && touched.get(chart) !== at) {
      show(chart, at);
      touched.set(chart, at);
    } else zoom(chart, at, at);
  });
}

function keyed(root) {
  root.addEventListener('focusout', (event) => plot(event) && show(plot(event), -1));
  root.addEventListener('keydown', (event) => {
    const chart = plot(event);
    if (!chart || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = bands(chart).length - 1;
    const state = states.get(chart);
    if (event.key in STEPS) {
      const begin = state?.at ?? (STEPS[event.key] > 0 ? -1 : last + 1);
      const at = Math.max(0, Math.min(last, begin + STEPS[event.key]));
      show(chart, at, event.shiftKey ? state?.from ?? at : at);
    } else if (event.key === 'Enter' && state) zoom(chart, state.from, state.at);
    else if (event.key === 'Escape' && state) show(chart, state.at);
    else if (event.key === 'n' && state) rows(chart)[state.at].querySelector('.add')?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

export function readable(root) {
  pointed(root);
  keyed(root);
}
