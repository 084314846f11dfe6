// Keys press what is on the page, as the help sheet says. They can be switched off (WCAG 2.1.4): that choice of the
// reader's is the one thing kept in the browser.
const KEPT = 'footfall_keys';
const TYPED_IN = 'input, textarea, select, [contenteditable]';

function on(choice) {
  try {
    if (choice !== undefined) {
      if (choice) localStorage.removeItem(KEPT);
      else localStorage.setItem(KEPT, 'off');
    }
    return localStorage.getItem(KEPT) !== 'off';
  } catch {
    return choice ?? true;
  }
}

const sheet = () => document.getElementById('shortcuts');

function help() {
  sheet().querySelector('.keys-on').checked = on();
  sheet().showModal();
}

function meant(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  if (!sheet() || !on() || event.target.closest?.(TYPED_IN) || document.querySelector('dialog[open]')) return null;
  // The chart is read with the arrows, and what scrolls is scrolled with them.
  if (event.key.startsWith('Arrow') && event.target !== document.body) return null;
  return [...sheet().querySelectorAll('[data-keys]')].find((row) => row.dataset.keys.split(' ').includes(event.key));
}

export function shortcuts(root) {
  root.addEventListener('keydown', (event) => {
    const row = meant(event);
    const pressed = row && document.querySelector(`[data-shortcut~="${row.dataset.press}"]`);
    if (!pressed) return;
    event.preventDefault();
    pressed.click();
  });
  root.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-shortcut="help"]')) help();
  });
  root.addEventListener('change', (event) => {
    if (event.target.matches?.('.keys-on')) on(event.target.checked);
  });
}
