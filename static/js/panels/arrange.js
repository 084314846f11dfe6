// Lists whose items can be moved by hand: dragged by a handle, or taken hold of with Space and moved with the arrow keys.
// The list says its words in data attributes and stands in a form, which is sent when an item has come to rest elsewhere.
const items = (list) => [...list.children];

export function arrangeable(root) {
  root.querySelectorAll('[data-arrange]').forEach((list) => items(list).forEach((item) => item.prepend(handle(list, item))));
  let held = null;

  const said = (item) => {
    const list = item.parentElement;
    const words = { what: item.dataset.what, place: items(list).indexOf(item) + 1, all: list.children.length };
    const text = list.dataset.said.replace(/\{(\w+)\}/g, (_, name) => words[name]);
    list.closest('form').querySelector('[data-arranged]').textContent = text;
  };
  const take = (item, pointer) => {
    held = { item, pointer, next: item.nextElementSibling, list: item.parentElement };
    item.classList.add('held');
    item.querySelector('.handle').setAttribute('aria-pressed', 'true');
    said(item);
  };
  const put = (before) => {
    if (before === held.item || before === held.item.nextElementSibling) return;
    held.list.insertBefore(held.item, before);
    held.item.querySelector('.handle').focus();
    said(held.item);
  };
  const release = (back) => {
    const { item, next, list } = held;
    if (back) list.insertBefore(item, next);
    held = null;
    item.classList.remove('held');
    item.querySelector('.handle').setAttribute('aria-pressed', 'false');
    if (!back && item.nextElementSibling !== next) send(list, item);
  };

  root.addEventListener('pointerdown', (event) => {
    const grip = event.target.closest?.('.handle');
    if (!grip || event.button || held) return;
    grip.setPointerCapture(event.pointerId);
    take(grip.parentElement, event.pointerId);
  });
  root.addEventListener('pointermove', (event) => {
    if (held?.pointer !== event.pointerId) return;
    const middle = (each) => each.getBoundingClientRect().top + each.offsetHeight / 2;
    const others = items(held.list).filter((each) => each !== held.item);
    put(others.find((each) => event.clientY < middle(each)) ?? null);
    // Moving it in the document lets go of the pointer.
    held.item.querySelector('.handle').setPointerCapture(event.pointerId);
  });
  root.addEventListener('pointerup', (event) => held?.pointer === event.pointerId && release(false));
  root.addEventListener('pointercancel', (event) => held?.pointer === event.pointerId && release(true));
  root.addEventListener('keydown', (event) => {
    const grip = event.target.closest?.('.handle');
    if (!grip || (held && held.item !== grip.parentElement)) return;
    const item = grip.parentElement;
    const keys = {
      ' ': () => (held ? release(false) : take(item)),
      Enter: () => (held ? release(false) : take(item)),
      Escape: () => held && release(true),
      ArrowUp: () => held && item.previousElementSibling && put(item.previousElementSibling),
      ArrowDown: () => held && item.nextElementSibling && put(item.nextElementSibling.nextElementSibling),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  root.addEventListener('focusout', (event) => {
    // Inserting an item elsewhere takes the focus from it for a moment; whoever leaves it puts it back.
    const left = held;
    if (left && left.pointer === undefined && event.target.closest?.('.handle')) {
      setTimeout(() => held === left && document.activeElement !== event.target && release(true));
    }
  });
}

function handle(list, item) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'handle';
  made.title = list.dataset.hint;
  made.setAttribute('aria-label', list.dataset.arrange.replace('{what}', item.dataset.what));
  made.setAttribute('aria-pressed', 'false');
  return made;
}

function send(list, item) {
  const form = list.closest('form');
  form.querySelector('[name="do"][value="arrange"]').value = `arrange ${item.id.replace('row-', '')}`;
  form.requestSubmit(form.querySelector('[name="do"]'));
}
