// A button beside every <pre class="copy">: without JavaScript there is nothing to press, and the text can be selected.
function button() {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'copier';
  made.textContent = 'Copy';
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
      pressed.textContent = 'Copied';
    } catch {
      // Clipboards need a secure page; selecting leaves one key press to do.
      getSelection().selectAllChildren(block);
      pressed.textContent = 'Selected: press Ctrl+C';
    }
  });
}
