// Whoever works with keys goes on where they were when the dashboard changes in place, and screen readers are told what it
// shows now. A page that is loaded does both by itself.
const words = (element) => (element.getAttribute('aria-label') ?? element.textContent).replace(/\s+/g, ' ').trim();

// The parts of the page that the element lies in, by their ids: the innermost first.
function around(element) {
  const part = element.parentElement?.closest('[id]');
  return part ? [part.id, ...around(part)] : [];
}

// What says the same, or at least begins so ("Germany", "Germany (filtered)"): in the same part if it is still there.
function again(pressed) {
  const parts = pressed.parts.map((id) => document.getElementById(id)).filter(Boolean);
  for (const part of parts) {
    const shown = [...part.querySelectorAll('a[href], button, summary')].filter((each) => each.checkVisibility());
    const found = shown.find((each) => words(each) === pressed.words) ?? shown.find((each) => words(each).startsWith(pressed.words));
    if (found) return found;
  }
  return parts[0]?.querySelector('a[href]');
}

function tell() {
  const told = document.getElementById('told') ?? document.body.appendChild(Object.assign(document.createElement('p'), { id: 'told', className: 'unseen', role: 'status' }));
  const text = [...document.querySelectorAll('.when > strong, .chip bdi')].map(words).join(', ');
  if (told.textContent !== text) told.textContent = text;
}

export function kept(root) {
  let pressed = null;
  root.addEventListener('htmx:before:swap', () => {
    const active = document.activeElement;
    pressed = active?.closest('#dashboard') ? { words: words(active), parts: around(active) } : null;
  });
  root.addEventListener('htmx:after:swap', () => {
    if (pressed && document.activeElement === document.body) again(pressed)?.focus({ preventScroll: true });
    if (document.getElementById('dashboard')) tell();
  });
}
