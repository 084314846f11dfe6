// A button beside every <pre class="copy">: without JavaScript there is nothing to press, and the text can be selected.
// Its words are the page's (base.html), in the reader's language.
const words = document.body.dataset;

function button() {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'copier';
  made.textContent = words.copy;
  return made;
}

export function buttons(root) {
  root.querySelectorAll('pre.copy').forEach((block) => {
    if (block.nextElementSibling?.matches('.copier')) return;
    block.tabIndex = 0;
    block.after(button());
  });
}

export function copyable(root) {
  buttons(root);
  root.addEventListener('htmx:after:settle', () => buttons(root));
  root.addEventListener('click', async (event) => {
    const pressed = event.target instanceof Element && event.target.closest('.copier');
    if (!pressed) return;
    const block = pressed.previousElementSibling;
    try {
      await navigator.clipboard.writeText(block.textContent.trim());
      pressed.textContent = words.copied;
    } catch {
      // Clipboards need a secure page; selecting leaves one key press to do.
      getSelection().selectAllChildren(block);
      pressed.textContent = words.selected;
    }
  });
}
