// Menus are <details>: they open by themselves. Here they also close: by a choice, a click elsewhere, or Escape.
const open = () => [...document.querySelectorAll('details.menu[open]')];

export function closing(root) {
  root.addEventListener('click', (event) => {
    open()
      .filter((menu) => !menu.contains(event.target) || event.target.closest('a'))
      .forEach((menu) => { menu.open = false; });
  });
  root.addEventListener('submit', () => open().forEach((menu) => { menu.open = false; }));
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    open().forEach((menu) => {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
    });
  });
}
