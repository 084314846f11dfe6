// What a browser with JavaScript gets on top: panels change in place, figures stay current, the chart can be read
// with pointer and keyboard, and snippets can be copied. Every page works without any of it.
import htmx from 'htmx.org';
import { arrangeable } from './panels/arrange.js';
import { readable } from './panels/chart.js';
import { copyable } from './panels/copy.js';
import { filtering } from './panels/filter.js';
import { current } from './panels/live.js';
import { closing } from './panels/menu.js';
import { kept } from './panels/place.js';
import { parted } from './panels/sections.js';
import { shortcuts } from './panels/shortcuts.js';
import { sheets } from './panels/sheets.js';

// An open <details> stays open when the server's new page, in which it is closed, is morphed in.
htmx.config.morphIgnore.push('open');

current(htmx);
readable(document);
copyable(document);
closing(document);
kept(document);
arrangeable(document);
sheets(document);
shortcuts(document);
filtering(document);
parted(document);

// After a refusal the keys begin at the first field that is wrong, in a group of fields at the first of them; what is said of it can be seen.
const wrong = document.querySelector('[aria-invalid="true"], fieldset[aria-describedby*="-problem"]');
const first = wrong?.querySelector('input, select, textarea') ?? wrong;
if (first && !first.autofocus) first.focus({ preventScroll: true });
first?.scrollIntoView({ block: 'center' });
