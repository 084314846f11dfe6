import { createApp, h } from "vue";
import { createRouter, createWebHistory, RouterLink, RouterView } from "vue-router";
import { footfall } from "./footfall.js";

const LINKS = [
  ["Push", { to: "/a" }],
  ["Replace", { to: "/b", replace: true }],
  ["Query", { to: "/b?q=1" }],
  ["Same", { to: "/b" }],
  ["Part", { to: "/b#part" }],
  ["Redirect", { to: "/old" }],
  ["Transition", { to: "/d" }],
];

const Page = {
  render() {
    return [
      h("nav", LINKS.map(([text, link]) => [h(RouterLink, link, () => text), " "])),
      h("h1", this.$route.path),
      h("button", { onClick: () => this.$track("Sign-up", { plan: "large" }) }, "Sign up"),
      h("h2", { id: "part" }, "Part"),
    ];
  },
};

const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/old", redirect: "/c" },
    { path: "/:page(.*)", component: Page },
  ],
});

// As Vue Router's guide shows it: the change of the page waits until the browser has its picture of the old one.
router.beforeResolve((to) => {
  if (to.path == "/d") return new Promise((begun) => document.startViewTransition(begun));
});

router.afterEach(() => document.dispatchEvent(new Event("arrived")));

const { collector } = window; // put there by a test that wants the package to count
const app = createApp({ render: () => h(RouterView) }).use(router);
if (collector) app.use(footfall, { api: collector, domain: "example.org" });
app.mount("#app");
