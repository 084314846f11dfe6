// Menus are <details>: they open by themselves. Here they also close: by a choice, a click elsewhere, or Escape.
const open = () => [...document.querySelectorAll('details.menu[open]')];

function close(menu) {
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
}

export function closing(root) {
  root.addEventListener('click', (event) => {
    open()
      .filter((menu) => !menu.contains(event.target) || event.target.closest('a'))
      .forEach(close);
  });
  root.addEventListener('submit', () => open().forEach(close));
  root.addEventListener('keydown', (event) => event.key === 'Escape' && open().forEach(close));
}
