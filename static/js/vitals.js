// Core Web Vitals, as an own file beside the beacon, for sites that switch them on: how fast pages are for the people who
// read them, measured by Google's own package and sent to nobody but the site's own collector.
//
// One event for each page load, "Web Vitals", when the page is left or hidden for the first time: later nothing is measured
// any more that would not be a second count of the same page. It holds nothing up, ends no bounce, and knows five numbers:
//
//   lcp, inp, fcp, ttfb   milliseconds, to 10      lcp_rating ...   good, needs-improvement or poor
//   cls                   without a unit, to 0.01
//
// A number that the browser does not measure, or that there was no occasion for (nobody clicked: no inp), is not there.
// Rounded, because finer ones would help to tell people apart and say nothing more.
import { onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";

let found, page;

// A page that comes back from the browser's cache is another look at it, as it is for the beacon. Before web-vitals hears of it.
let begin = () => {
  found = {};
  page = location.href;
};
begin();
addEventListener("pageshow", ({ persisted }) => persisted && begin(), true);

let note = ({ name, value, rating }) => {
  if (!found) return;
  let key = name.toLowerCase();
  found[key] = key == "cls" ? Math.round(value * 100) / 100 : Math.round(value / 10) * 10;
  found[key + "_rating"] = rating;
};
[onCLS, onFCP, onINP, onLCP, onTTFB].map((measure) => measure(note));

// On the window and not captured: web-vitals, which captures, has told its last values by then. It comes last of all that
// a page hears when it is left, after pagehide.
addEventListener("visibilitychange", () => {
  if (!document.hidden || !found || found.ttfb == null) return;
  window.footfall && footfall("Web Vitals", { props: found, interactive: false, u: page.slice(0, 2e3) });
  found = 0;
});
