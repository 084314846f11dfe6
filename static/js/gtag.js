// Google's calls, for pages that were written for gtag.js: events, page views and money become Footfall's, and what would
// say who somebody is stays in the page. The whole mapping: docs/from-google-analytics.md.
//
// Served before the beacon in one file, which has to know the feature "options" (footfall.init, page views by hand): as
// /gtag/js, so that a page changes nothing but the host, or as part of a site's own script. Of what is left out only the
// number goes along, as x. Nothing is read from the device, nothing is kept on it.
import names from "../../analytics/ingest/identifiers.json";

// As in analytics/ingest/identifiers.py.
let identifying = new Set(names);
let identifies = (key) => identifying.has(key.toLowerCase().replace(/[-_. $]/g, ""));

// What these say is meant for Google's library, or is read below.
let CONTROLS =
  /^(event|event_callback|event_timeout|eventCallback|eventTimeout|send_to|send_page_view|groups|items|ecommerce|non_interaction|page_(location|path|referrer)|debug_mode|transport_(type|url)|linker|update|(gtm|cookie|allow|conversion|restricted|ads|developer|first_party|engagement_time)[._].*)$/;
// With these value is the price of what somebody looks at or gathers, not money that was paid.
let BROWSING = /^(view|select|add|remove|begin)_/;
// Of the things in a basket these become properties of the event, the different ones parted by commas.
let ITEM = "item_id,item_name,item_brand,item_category,item_variant".split(",");
// A visit to Google's advertising, not to its analytics: the same purchase again.
let ADVERTISING = /^(AW|DC)-/;

let { src = "", dataset } = document.currentScript || {};
let manual = src.includes("/gtag/js"); // there page views begin with config, as at Google
if (manual) dataset.manual = "";
let name = (src.match(/[?&]l=(\w+)/) || [])[1] || "dataLayer";
let layer = (window[name] = window[name] || []);
let settings = {}; // of config and set: they go with every event
let sold = {}; // what was ordered: pushed twice, it is counted once
let last = {}; // the page view that was sent by hand, and where the page was then
let denied; // Google's word for it: the visitor does not want to be counted, or has not been asked
let held = []; // what was called meanwhile

let text = (value, most) => String(value).slice(0, most);
let page = (address) => address.split(/[?#]/)[0];
let place = ({ page_location: location, page_path: path }) => location || path;

// What the beacon is to send of a page's parameters: properties, money, and how many were left out.
let cleaned = (parameters, event) => {
  let props = {};
  let x = 0;
  for (let [key, value] of Object.entries(parameters)) {
    if (value == null || CONTROLS.test(key)) continue;
    if (identifies(key)) x += value.constructor == Object ? Object.keys(value).length : 1;
    else if (/string|number|boolean/.test(typeof value)) props[text(key, 100)] = text(value, 500);
  }
  let { items, value, currency } = parameters;
  if (items && items.length) {
    props.items = items.reduce((sum, { quantity }) => sum + (+quantity || 1), 0);
    ITEM.map((key) => {
      let all = [...new Set(items.map((item) => item[key]).filter((one) => one != null))];
      if (all[0] != null) props[key] = text(all.join(", "), 500);
    });
  }
  let more = { props, x: x || undefined };
  if (currency && value == parseFloat(value) && !BROWSING.test(event)) {
    more.revenue = { amount: event == "refund" ? -Math.abs(value) : +value, currency };
    delete props.value;
    delete props.currency;
  }
  if (parameters.non_interaction) more.interactive = false;
  if (place(parameters)) more.u = new URL(place(parameters), location).href;
  return more;
};

// A page view, unless it is of the page that is counted already: by hand, or by the beacon as it follows the address.
let view = (parameters) => {
  let here = page(location.href);
  let more = cleaned(parameters, "");
  more.u = more.u || location.href;
  let counted = manual || last.here == here ? last.page : here;
  last = { here, page: page(more.u) };
  if (last.page != counted) footfall("pageview", more);
};

let commands = {
  config: (id, parameters = {}) => {
    if (ADVERTISING.test(id)) return;
    let { page_location, page_path, send_page_view, ...rest } = parameters;
    Object.assign(settings, rest);
    if (send_page_view === false) return;
    view({ ...settings, page_location, page_path });
    footfall.init({ manual: (manual = false) });
  },
  set: (key, value) => Object.assign(settings, typeof key == "string" ? { [key]: value } : key),
  event: (name, parameters = {}) => {
    let targets = [].concat(parameters.send_to || []);
    let order = parameters.transaction_id && name + parameters.transaction_id;
    if (typeof name != "string" || (targets[0] && targets.every((id) => ADVERTISING.test(id))) || sold[order]) return;
    if (order) sold[order] = 1;
    parameters = { ...settings, ...parameters };
    if (/^page_?view$/.test(name)) view(parameters);
    else footfall(name == "engagement" ? "Engagement" : text(name, 120), cleaned(parameters, name));
  },
};

// What is sent arrives also when the page goes: who waits for it may go on at once.
let call = (then) => then && then.call && setTimeout(then);

// One entry of the data layer: Google's arguments, or an object as for its tag manager.
let take = (entry) => {
  try {
    if (/^gtm\./.test(entry.event)) return; // the tag manager's own
    if (typeof entry.event == "string") entry = ["event", entry.event, { ...entry, ...entry.ecommerce }];
    let [command, first, second, third] = entry;
    if (command == "get") call(third); // there is no such value
    if (command == "event" && second) call(second.event_callback || second.eventCallback);
    if (command == "consent" && second.analytics_storage) {
      denied = second.analytics_storage == "denied";
      if (!denied) held.splice(0).map(run);
    }
    if (commands[command]) (denied ? held : { push: run }).push([command, first, second]);
  } catch (e) {} // whatever a page pushes, it goes on
};
let run = ([command, ...rest]) => commands[command](...rest);

if (!layer.footfall) {
  layer.footfall = 1;
  let { push } = layer;
  layer.push = (...entries) => {
    let length = push.apply(layer, entries);
    entries.map(take);
    return length;
  };
  Promise.resolve().then(() => [...layer].map(take)); // when the beacon is there
}
