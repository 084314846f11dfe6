// What lies over the dashboard is a page of its own. Links to it open it in a dialog instead, and its way back closes that.
import { buttons } from './copy.js';

function over() {
  const found = document.getElementById('over');
  if (found) return found;
  const made = document.createElement('dialog');
  made.id = 'over';
  made.className = 'over';
  made.setAttribute('aria-labelledby', 'over-title');
  document.body.append(made);
  return made;
}

async function show(address) {
  try {
    const answer = await fetch(address);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('.over-page');
    if (!page) throw new Error('another page');
    const dialog = over();
    dialog.replaceChildren(document.adoptNode(page));
    buttons(dialog);
    dialog.showModal();
  } catch {
    // Signed out, or no network: the browser says it better.
    location.assign(address);
  }
}

const plain = (event) => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

export function sheets(root) {
  // Before htmx, which would put the page in the dashboard's place.
  root.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || !plain(event)) return;
    const dialog = event.target.closest('dialog.over');
    const link = event.target.closest('a[data-sheet]');
    if (dialog && (event.target === dialog || event.target.closest('.back'))) {
      event.preventDefault();
      dialog.close();
    } else if (link) {
      event.preventDefault();
      event.stopPropagation();
      show(link.href);
    }
  }, true);
}
