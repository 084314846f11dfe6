// Footfall's beacon: tells the collector that somebody looks at a page, and nothing about who.
//
//   <script defer src="https://stats.example.org/js/footfall.js" data-domain="example.org"></script>
//
// It sends to api/event beside the js/ it came from. It keeps nothing on the device, holds up no click, and when the
// collector is away nobody notices. Attributes: data-domain names the site (or several, parted by commas); data-hash
// says that the part after # names the page.
//
// Own events, which may also be called before this file is there:
//
//   window.footfall = window.footfall || function () { (footfall.q = footfall.q || []).push(arguments) }
//   footfall("Signup", { plan: "large" })                                 name, properties
//   footfall("Order", { plan: "large" }, { interactive: false })          options: interactive, revenue
//   footfall("Order", { props: { plan: "large" }, interactive: false })   the same as other trackers write it
//   footfall.optOut(true)                                                 the visitor's own choice; false takes it back
//
// Every visitor waits for every byte: minified and compressed these are 700 at most (tests/test_build.py). Hence `let`
// for what never changes: it makes one declaration of many.
(() => {
  let { src, dataset: { domain, hash } = {} } = document.currentScript || {};
  let { q = [], optOut } = window.footfall || {}; // what was called before we came; optOut: we are here already
  let objects = navigator.globalPrivacyControl || navigator.doNotTrack == 1;
  let low, // the lowest pixel of the page that was seen
    path, // of the page view that is on: the same path twice in a row is one page view
    referrer, // the page before this one
    since, // when the person began to look; false while they do not
    spent, // milliseconds looked and not yet told
    url, // of the page view that is on; none before somebody has seen the page
    told; // as far down as the collector knows

  // A text as body needs no preflight; keepalive lets it arrive although the page goes; no cookies, whoever asks.
  // Being async, whatever fails in here (no collector, a policy, no JSON) fails in silence and holds up nothing.
  let send = async (n, more) => {
    try {
      if (localStorage.footfall_optout) return;
    } catch (e) {} // a device that lets us read nothing has no choice stored
    try {
      await fetch(new URL("../api/event", src), {
        method: "POST",
        body: JSON.stringify({
          d: domain,
          h: +(hash == ""),
          n,
          r: referrer,
          u: url.slice(0, 2e3), // the collector takes no more, and what names the page comes first
          w: innerWidth,
          tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
          ...more,
        }),
        keepalive: 1,
        credentials: "omit",
      });
    } catch (e) {}
  };

  // Called whenever something may have changed, and finds out what: a new page view, time spent, a page left.
  // A page nobody can see (prerendered, or in a background tab) is gone, too: it counts when it is seen, or never.
  let look = (left) => {
    let now = performance.now(); // never jumps, as the time of day does
    let gone = left || document.hidden;
    let next = location.href.split(hash == "" ? " " : "#")[0]; // an address has no space
    let page = next.replace(/\?[^#]*/g, ""); // another query is the same page
    if (since) spent += now - since;
    since = !gone && document.hasFocus() && now;
    low = Math.max(low, scrollY + innerHeight);
    if (gone || page != path) {
      // What came on top since the last message: the collector adds the times up and keeps the deepest scroll.
      // The height is read late, since pages grow while they load.
      if (spent > 1e3 || low > told) {
        send("engagement", {
          e: spent | 0,
          sd: Math.round(100 * Math.min(1, low / document.documentElement.scrollHeight)),
        });
        spent = 0;
        told = low;
      }
      if (left) path = 0; // should it come back from the browser's cache, that is another look at it
      else if (!gone) {
        path = page;
        url = next;
        spent = 0;
        low = told = innerHeight;
        send("pageview");
        referrer = url; // a visit that begins anew in a tab left open came from no other site
        q.splice(0).map((event) => footfall(...event));
      }
    }
  };

  if (!optOut) {
    window.footfall = (name, props, options) => {
      if (url) send(name, props && props.props ? props : { p: props, ...options });
      else if (!objects) q.push([name, props, options]);
    };

    footfall.optOut = (out) => {
      try {
        if (out) localStorage.footfall_optout = 1;
        else delete localStorage.footfall_optout;
      } catch (e) {}
    };

    if (!objects) {
      referrer = document.referrer; // nothing of the page is read before this line
      ["pushState", "replaceState"].map((name) => {
        let original = history[name];
        history[name] = (...all) => {
          original.apply(history, all);
          look();
        };
      });
      // popstate comes with every step in the history, also when only the part after # changes.
      "pageshow,popstate,visibilitychange,blur,focus,scroll,pagehide"
        .split(",")
        .map((name) => addEventListener(name, () => look(name == "pagehide")));
      look();
    }
  }
})();
