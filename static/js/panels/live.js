// Asks for the "live" line every so often while somebody looks; its answer says by the event `footfall:news`
// when the panels below have become old.
export function current(htmx) {
  const tick = () => {
    const live = document.getElementById('live');
    if (!live) return;
    const pause = Number(live.dataset.seconds) * 1000;
    const due = Number(live.dataset.asked || 0) + pause <= performance.now();
    if (due && !document.hidden) {
      live.dataset.asked = performance.now();
      htmx.trigger(live, 'footfall:tick');
    }
  };
  setInterval(tick, 250);
  // Someone who comes back to the tab sees the present, not what was there when they left.
  document.addEventListener('visibilitychange', tick);
}
