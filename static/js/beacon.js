// Footfall's beacon: tells the collector that somebody looks at a page, and nothing about who.
//
//   <script defer src="https://stats.example.org/js/footfall.js" data-domain="example.org"></script>
//
// It keeps nothing on the device, holds up no click, and when the collector is away nobody notices. What it can be told
// in the tag, by footfall.init and by calls, and what it sends: docs/beacon.md.
//
// The names in capitals are features (analytics/features.py). The build replaces them by true or false and makes a
// script of every combination, so what a site does not use is not in its script. ENDPOINT is the way from where the
// script lies to where its events go; it is written in when the script is served.
//
// Every visitor waits for every byte: tests/test_build.py counts them. Hence `let` for what never changes: it makes one
// declaration of many.

let { src, dataset: options = {} } = document.currentScript || {};
let { q = [], optOut } = window.footfall || {}; // what was called before we came; optOut: we are here already
let objects = navigator.globalPrivacyControl || navigator.doNotTrack == 1;
let called, // the page view that the page itself asks for
  canonical, // the page that was loaded, and what it calls itself
  low, // the lowest pixel of the page that was seen
  path, // of the page view that is on: the same path twice in a row is one page view
  referrer, // the page before this one
  since, // when the person began to look; false while they do not
  spent, // milliseconds looked and not yet told
  told, // as far down as the collector knows
  url; // of the page view that is on; none before somebody has seen the page

// What the classes and attributes of an element say of an event: its name and properties, and its revenue.
let read = ({ classList, attributes }) => {
  let event = {};
  let found = { event, prop: event, revenue: {} };
  for (let text of [...classList, ...[...attributes].map(({ name, value }) => name + "=" + value)])
    text.replace(
      /^(?:plausible-|data-footfall-|data-(?=prop-)|(?=event-))(event|prop|revenue)-?(.*?)(?:=|--)(.*)/,
      (_, kind, key, value) => (found[kind][key] = value.replace(/\+/g, " ")),
    );
  return found;
};

let always = OPTIONS && src && read(document.currentScript).event; // properties of every event of this page
if (OPTIONS) {
  options = { ...options };
  for (let name in options) options[name] = options[name] || 1; // data-hash is data-hash=""
  Object.assign(options, (window.footfall || {}).o);
}

// Whether the whole text is one of the patterns, which are parted by commas.
let matches = (patterns, text) => RegExp("^(" + patterns.replace(/\*/g, ".*").replace(/, */g, "|") + ")$").test(text);

// What becomes of an event by the page's own rules; nothing, if it is not to be sent.
let judged = (event) => {
  let { href, pathname, hash } = new URL(event.u, location);
  event.u = href;
  event.p = { ...always, ...(OPTIONS && options.props && options.props.call ? options.props(event.n) : options.props), ...event.props };
  event.props = void 0;
  if (OPTIONS && options.hash) event.h = 1;
  if (EXCLUSIONS) {
    let { exclude = "", include = "*", excludeProps = "" } = options;
    for (let name in event.p) if (matches(excludeProps, name)) delete event.p[name];
    if (matches(exclude, pathname + hash) || !matches(include, pathname + hash)) return;
  }
  return OPTIONS && options.transformRequest ? options.transformRequest(event) : event;
};

// A text as body needs no preflight; keepalive lets it arrive although the page goes; no cookies, whoever asks.
// Being async, whatever fails in here (no collector, a policy, no JSON) fails in silence and holds up nothing.
let send = async (n, more) => {
  let out, outcome;
  try {
    out = localStorage.footfall_optout;
  } catch (e) {} // a device that lets us read nothing has no choice stored
  try {
    let event = {
      b: +navigator.webdriver,
      d: options.domain,
      n,
      r: referrer,
      u: url.slice(0, 2e3), // the collector takes no more, and what names the page comes first
      w: innerWidth,
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...more,
    };
    if (OPTIONS || EXCLUSIONS) event = judged(event);
    if (!out && (!(OPTIONS || EXCLUSIONS) || event))
      outcome = await fetch((OPTIONS && options.api) || new URL(ENDPOINT, src), {
        method: "POST",
        body: JSON.stringify(event),
        keepalive: 1,
        credentials: "omit",
      });
  } catch (error) {
    if (OPTIONS) outcome = { error };
  }
  if (OPTIONS && more && more.callback) more.callback(outcome);
};

// Called whenever something may have changed, and finds out what: a new page view, time spent, a page left.
// A page nobody can see (prerendered, or in a background tab) is gone, too: it counts when it is seen, or never.
let look = ({ type } = {}) => {
  let now = performance.now(); // never jumps, as the time of day does
  let left = type == "pagehide";
  let gone = left || document.hidden;
  let next = location.href.split(OPTIONS && options.hash ? " " : "#")[0]; // an address has no space
  let page = next.replace(/\?[^#]*/g, ""); // another query is the same page
  spent += since && now - since;
  since = !gone && document.hasFocus() && now;
  low = Math.max(low, scrollY + innerHeight);
  if (gone || page != path) {
    // What came on top since the last message: the collector adds the times up and keeps the deepest scroll.
    // The height is read late, since pages grow while they load.
    if (low > told || spent > 1e3) {
      send("engagement", { e: spent, sd: (100 * low) / document.documentElement.scrollHeight });
      spent = 0;
      told = low;
    }
    if (left) path = 0; // should it come back from the browser's cache, that is another look at it
    else if (!gone) {
      path = page;
      if (!OPTIONS || called || !options.manual) {
        // Of the page that was loaded only: applications change the address before they change the link, or never do.
        if (CANONICAL && !url && !(OPTIONS && options.hash)) {
          let { href = "" } = document.querySelector("link[rel=canonical]") || {};
          if (href.startsWith(location.origin + "/")) canonical = [page, href.split(/[?#]/)[0] + location.search];
        }
        url = CANONICAL && canonical && canonical[0] == page ? canonical[1] : next;
        if (OPTIONS && called && called.u) url = called.u;
        spent = 0;
        low = told = innerHeight;
        if (OPTIONS) send("pageview", called);
        else send("pageview");
        q.splice(0).map((event) => track(...event));
        referrer = url; // a visit that begins anew in a tab left open came from no other site
        if (OPTIONS) called = 0;
      }
    }
  }
};

let track = (name, props, more) => {
  more = props && (props.props || (OPTIONS && props.u)) ? props : { props, ...more };
  if (OPTIONS && name == "pageview" && !objects) {
    called = more;
    path = 0;
    look();
  } else if (url) send(name, more);
  else if (!objects) q.push([name, props, more]);
};

// Clicks and forms: heard on the way down, where no page stops them, and never stopped by us.
let act = (event) => {
  try {
    if (event.button > 1) return; // the right one opens a menu
    let [target] = event.composedPath(); // what was clicked, also inside a web component
    let { href = "a:" } = target.closest("a,area") || {};
    let to = new URL(href.baseVal || href, document.baseURI); // baseVal: a link in an SVG
    let sent = event.type == "submit";
    if (TAGGED) {
      let tagged = target.closest("[class*=plausible-event],[data-footfall-event]");
      if (tagged && (tagged.tagName == "FORM") == sent) {
        let said = read(tagged);
        let { "": own, name = own, ...props } = said.event;
        return track(name, to.host ? { url: to.href, ...props } : props, { revenue: said.revenue });
      }
    }
    if (sent) {
      if (FORMS && (target.noValidate || target.matches(":valid"))) track("Form: Submission", { path: location.pathname });
    } else if (OUTBOUND && to.host && to.host != location.host) track("Outbound Link: Click", { url: to.href });
    else if (DOWNLOADS && RegExp("\\.(" + (options.files || "7z|avi|csv|dmg|docx?|exe|gz|key|midi|mov|mp(3|4|eg)|pdf|pkg|pp[st]x?|rar|rtf|txt|wav|wm[av]|xlsx?|zip").replace(/, */g, "|") + ")$", "i").test(to.pathname))
      track("File Download", { url: to.origin + to.pathname });
  } catch (e) {} // a click on no element, an address that is none
};

if (!optOut) {
  window.footfall = track;

  // The visitor's own choice, and all that is ever kept.
  track.optOut = (out) => {
    try {
      if (out) localStorage.footfall_optout = 1;
      else delete localStorage.footfall_optout;
    } catch (e) {}
  };

  if (OPTIONS) track.init = (given) => Object.assign(options, given);

  if (PLAUSIBLE) {
    ((window.plausible || {}).q || []).map(([name, more]) => q.push([name, 0, more]));
    window.plausible = (name, more) => track(name, 0, more);
  }

  if (IGNORE)
    location.hash.replace(/^#footfall-(ignore|count)$/, (_, wish) => {
      track.optOut(wish == "ignore");
      try {
        alert(localStorage.footfall_optout ? "Not counted any more" : "Counted again");
      } catch (e) {} // nothing was kept, so there is nothing to say
    });

  if (!objects) {
    referrer = document.referrer; // nothing of the page is read before this line
    "pushState,replaceState".split(",").map((name) => {
      let original = history[name];
      history[name] = (...all) => {
        original.apply(history, all);
        look();
      };
    });
    // popstate comes with every step in the history, also when only the part after # changes.
    "pageshow,popstate,visibilitychange,blur,focus,scroll,pagehide".split(",").map((name) => addEventListener(name, look));
    if (OUTBOUND || DOWNLOADS || FORMS || TAGGED)
      "click,auxclick,submit".split(",").map((name) => addEventListener(name, act, true));
    if (MISSING && (performance.getEntriesByType("navigation")[0] || {}).responseStatus == 404)
      q.push(["404", { path: location.pathname, from: referrer }, { interactive: false }]);
    look();
    if (OPTIONS) q.splice(0).map((event) => track(...event)); // the page may have asked for its page view before we came
  }
}
