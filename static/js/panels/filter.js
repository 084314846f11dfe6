// The form of filters: operations that go with what is chosen, and values that there are while one is typed.
const PAUSE = 150;

// A comma or backslash inside has a backslash before it, as in all of our addresses.
const escaped = (text) => text.replace(/[\\,]/g, '\\$&');

function fitting(form) {
  const taken = form.elements.dimension.selectedOptions[0]?.dataset.takes.split(' ') ?? [];
  const { options } = form.elements.operation;
  [...options].forEach((option) => { option.hidden = option.disabled = !taken.includes(option.value); });
  if (options[options.selectedIndex]?.disabled) form.elements.operation.value = taken[0];
}

async function suggest(form, typed) {
  const about = `${escaped(form.elements.dimension.value)},${escaped(typed)}`;
  const answer = await fetch(`${form.dataset.values}&about=${encodeURIComponent(about)}`);
  if (answer.ok) form.querySelector('datalist').innerHTML = await answer.text();
}

export function filtering(root) {
  let waiting;
  const later = (form, typed) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(form, typed), PAUSE);
  };
  const form = (event) => (event.target instanceof Element ? event.target.closest('form.filtering') : null);
  root.addEventListener('input', (event) => {
    if (form(event) && event.target.name === 'value') later(form(event), event.target.value);
  });
  root.addEventListener('change', (event) => {
    if (!form(event) || event.target.name !== 'dimension') return;
    fitting(form(event));
    later(form(event), '');
  });
  root.addEventListener('focusin', (event) => {
    if (!form(event)) return;
    fitting(form(event));
    if (event.target.name === 'value') later(form(event), event.target.value);
  });
}
