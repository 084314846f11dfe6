import { init, track } from "@footfall/tracker";

/** `app.use(footfall, options)`; templates then have `$track("Sign-up", { plan: "large" })`. */
export const footfall = {
  install(app, options) {
    app.config.globalProperties.$track = track;
    init(options);
  },
};
