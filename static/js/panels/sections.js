// The sections editor by pointer: parts of the tree are dragged onto a section, sections into another order. Both press
// the button that does the same without a script.
const PART = 'application/x-footfall-part';
const ROW = 'application/x-footfall-row';

function press(form, value) {
  const button = document.createElement('button');
  button.name = 'do';
  button.value = value;
  button.hidden = true;
  form.append(button);
  form.requestSubmit(button);
}

function grip(row) {
  const made = document.createElement('span');
  made.className = 'grip';
  made.draggable = true;
  made.setAttribute('aria-hidden', 'true');
  made.addEventListener('dragstart', (event) => event.dataTransfer.setData(ROW, row.dataset.row));
  row.prepend(made);
}

function part(item) {
  item.draggable = true;
  item.addEventListener('dragstart', (event) => event.dataTransfer.setData(PART, item.dataset.part));
}

function target(form, row) {
  const fits = (event) => event.dataTransfer.types.some((type) => type === PART || (type === ROW && !row.matches('.new')));
  row.addEventListener('dragover', (event) => {
    if (!fits(event)) return;
    event.preventDefault();
    row.classList.add('over');
  });
  row.addEventListener('dragleave', () => row.classList.remove('over'));
  row.addEventListener('drop', (event) => {
    row.classList.remove('over');
    if (!fits(event)) return;
    event.preventDefault();
    const name = event.dataTransfer.getData(PART);
    if (!name) return press(form, `move-${event.dataTransfer.getData(ROW)}-${row.dataset.row}`);
    form.querySelectorAll('input[name="part"]').forEach((box) => { box.checked ||= box.value === name; });
    press(form, row.matches('.new') ? 'make' : `put-${row.dataset.row}`);
  });
}

export function parted(root) {
  root.querySelectorAll('form[data-sections]').forEach((form) => {
    form.querySelectorAll('[data-part]').forEach(part);
    form.querySelectorAll('[data-row]').forEach((row) => {
      if (!row.matches('.new')) grip(row);
      target(form, row);
    });
  });
}
