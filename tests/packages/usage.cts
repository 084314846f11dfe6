// The same package asked for the older way.

import tracker = require("@footfall/tracker");

tracker.init({ api: "/api/event" });
tracker.track("Sign-up");
