// The readout of the chart: the bucket under the pointer, or the one the arrow keys have reached.
const showing = new WeakMap();

function bands(chart) {
  return [...chart.querySelectorAll('.band')];
}

function show(chart, index) {
  const all = bands(chart);
  const readout = chart.parentElement.querySelector('.readout');
  const band = all[index];
  all.forEach((each) => each.classList.toggle('chosen', each === band));
  readout.hidden = !band;
  if (!band) return;
  showing.set(chart, index);
  readout.textContent = band.querySelector('title').textContent;
  const middle = ((index + 0.5) / all.length) * chart.clientWidth;
  const room = chart.clientWidth - readout.offsetWidth;
  readout.style.left = `${Math.max(0, Math.min(room, middle - readout.offsetWidth / 2))}px`;
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

export function readable(root) {
  const plot = (event) => (event.target instanceof Element ? event.target.closest('.plot') : null);
  const hide = (chart) => chart && show(chart, -1);
  root.addEventListener('pointermove', (event) => {
    const chart = plot(event);
    const band = chart && event.target.closest('.band');
    if (band) show(chart, bands(chart).indexOf(band));
  });
  root.addEventListener('pointerout', (event) => {
    const chart = plot(event);
    if (chart && !chart.contains(event.relatedTarget)) hide(chart);
  });
  root.addEventListener('focusout', (event) => hide(plot(event)));
  root.addEventListener('keydown', (event) => {
    const chart = plot(event);
    if (!chart || !(event.key in STEPS)) return;
    event.preventDefault();
    const last = bands(chart).length - 1;
    const from = showing.get(chart) ?? (STEPS[event.key] > 0 ? -1 : last + 1);
    show(chart, Math.max(0, Math.min(last, from + STEPS[event.key])));
  });
}
