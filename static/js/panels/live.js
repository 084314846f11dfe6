// Asks for the "live" line every so often while somebody looks; its answer says by the event `footfall:news`
// when the panels below have become old.
export function current(htmx) {
  let asked = performance.now();
  const tick = () => {
    const live = document.getElementById('live');
    if (!live || document.hidden || performance.now() < asked + live.dataset.seconds * 1000) return;
    asked = performance.now();
    htmx.trigger(live, 'footfall:tick');
  };
  setInterval(tick, 250);
  // Someone who comes back to the tab sees the present, not what was there when they left.
  document.addEventListener('visibilitychange', tick);
}
