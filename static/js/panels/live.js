// Asks for what is marked with `data-seconds` every so many seconds while somebody looks and has not paused it. The answer
// of the "live" line says by the event `footfall:news` when the panels below have become old.
const asked = new WeakMap();
const paused = () => document.querySelector('.pause[aria-pressed="true"]') !== null;

export function current(htmx) {
  const opened = performance.now();
  const tick = () => {
    if (document.hidden || paused()) return;
    const now = performance.now();
    document.querySelectorAll('[data-seconds]').forEach((part) => {
      if (now < (asked.get(part) ?? opened) + part.dataset.seconds * 1000) return;
      asked.set(part, now);
      htmx.trigger(part, 'footfall:tick');
    });
  };
  setInterval(tick, 250);
  // Someone who comes back to the tab sees the present, not what was there when they left.
  document.addEventListener('visibilitychange', tick);
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element && event.target.closest('.pause');
    if (button) button.setAttribute('aria-pressed', String(!paused()));
  });
}
