/**
 * Footfall's script as a module: the same code, with its options given to `init` instead of written into a tag.
 *
 * On a server, or wherever else there is no `document`, all of it may be imported and called, and does nothing.
 */

import { run } from "script";

/** What an event says besides its name. */
export type Properties = Record<string, string | number | boolean | null | undefined>;

/** What is counted, and where it is sent. */
export interface Options {
  /** Where events are sent to: `https://stats.example.org/api/event`, or `/api/event` where that lies below the site. */
  api: string;
  /** The site that is counted, or several, parted by commas. Default: the page's host. */
  domain?: string;
  /** The part after # names the page. */
  hash?: boolean;
  /** Only `pageview()` counts page views. */
  manual?: boolean;
  /** Properties of every event, or what makes them from the event's name. */
  props?: Properties | ((event: string) => Properties);
  /** Sees each event before it is sent, and returns what is sent instead; nothing, where it returns nothing. */
  transformRequest?: (event: Payload) => Payload | false | null | undefined;
  /** Pages that are not counted: paths, parted by commas; `*` stands for anything. */
  exclude?: string;
  /** The only pages that are counted, in the same way. */
  include?: string;
  /** Properties that are not sent: names, in the same way. */
  excludeProps?: string;
  /** Count clicks on links to other sites. */
  outbound?: boolean;
  /** Count clicks on links to files. */
  downloads?: boolean;
  /** The endings that count, parted by commas, in place of the usual ones. */
  files?: string;
  /** Count forms that are sent. */
  forms?: boolean;
  /** Count pages that do not exist. */
  missing?: boolean;
  /** Count clicks on what carries `data-footfall-event` or Plausible's class names. */
  tagged?: boolean;
  /** Count a page that was loaded under the address its canonical link gives. */
  canonical?: boolean;
  /** Take calls of `window.plausible` as well. */
  plausible?: boolean;
  /** Let a page opened with `#footfall-ignore` stop counting in that browser; `#footfall-count` takes it back. */
  ignore?: boolean;
}

/** An event as it travels. */
export interface Payload {
  /** Its name; `pageview` for a page view. */
  n: string;
  /** The page's address. */
  u: string;
  /** The site. */
  d?: string;
  /** The address of the page before this one. */
  r?: string;
  /** Its properties. */
  p?: Properties;
  /** docs/api.md has the rest. */
  [key: string]: unknown;
}

/** How one event is counted. */
export interface EventOptions {
  /** False: the event does not end a bounce. */
  interactive?: boolean;
  /** What it earned. */
  revenue?: { amount: number | string; currency: string };
  /** Called when the event was answered, failed, or was left out. */
  callback?: (result?: { status: number } | { error: unknown }) => void;
}

/** How one page view is counted. */
export interface PageviewOptions extends EventOptions {
  /** The page's whole address, where it is not the one that the browser shows. */
  u?: string;
  props?: Properties;
}

/** What the script leaves in `window`, for pages that call it without this package; before it runs, what they left there. */
interface Footfall {
  (...call: unknown[]): void;
  init?: (options: object) => void;
  /** The options for when it runs. */
  o?: object;
}

declare global {
  interface Window {
    footfall?: Footfall;
  }
}

const outside = typeof document === "undefined";

/** Calls from before there is a script. */
const early: unknown[][] = [];

/** Where the script looks for the visitor's choice. */
const CHOICE = "footfall_optout";

/** Begins to count; once for each page, whoever calls it and however often. Called again, it changes the options. */
export function init(options: Options): void {
  if (outside) return;
  const footfall = (window.footfall ??= {} as Footfall);
  const chosen = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== false)); // as a tag says no
  if (footfall.init) footfall.init(chosen);
  else footfall.o = chosen;
  run();
  early.splice(0).forEach((call) => say(...call));
}

/** Counts an event of your own. What is called before `init` is counted as soon as that is called. */
export function track(name: string, props?: Properties, options?: EventOptions): void;
export function track(name: string, options: EventOptions & { props: Properties }): void;
export function track(...call: unknown[]): void {
  say(...call);
}

/** Counts a page view, where the option `manual` leaves that to you. */
export function pageview({ props, ...options }: PageviewOptions = {}): void {
  say("pageview", props, options);
}

/** The visitor's own choice, kept in their browser: not to be counted any more; `false` takes it back. */
export function optOut(out = true): void {
  if (outside) return;
  try {
    if (out) localStorage.setItem(CHOICE, "1");
    else localStorage.removeItem(CHOICE);
  } catch {} // a device that lets us keep nothing
}

function say(...call: unknown[]): void {
  if (outside) return;
  if (typeof window.footfall === "function") window.footfall(...call);
  else early.push(call);
}
