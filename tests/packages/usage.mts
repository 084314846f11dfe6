// What TypeScript has to take, and, where a line says so, what it has to refuse. Checked, never run.

import { init, optOut, pageview, track, type Options, type Payload } from "@footfall/tracker";

init({ api: "/api/event" });

const options: Options = {
  api: "https://stats.example.org/api/event",
  domain: "example.org,example.net",
  hash: true,
  manual: false,
  props: (event) => ({ event, known: true, size: 3, nothing: null }),
  transformRequest: (payload: Payload) => (payload.u.includes("/private/") ? null : payload),
  exclude: "/admin/**",
  outbound: true,
  files: "pdf,epub",
};
init(options);

track("Sign-up");
track("Sign-up", { plan: "large" });
track("Order", { plan: "large" }, { interactive: false, revenue: { amount: "12.50", currency: "EUR" } });
track("Order", { props: { plan: "large" }, callback: (result) => result && "status" in result && result.status.toFixed() });
pageview();
pageview({ u: "https://example.org/virtual", props: { author: "Ada" } });
optOut();
optOut(false);

// @ts-expect-error: there is no tag to find the collector by
init({ domain: "example.org" });
// @ts-expect-error: an option's name
init({ api: "/api/event", hashMode: true });
// @ts-expect-error: an event needs a name
track();
// @ts-expect-error: money has a currency
track("Order", {}, { revenue: { amount: 12 } });
