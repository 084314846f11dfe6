import { createApp, h } from "vue";
import { createRouter, createWebHistory, RouterLink, RouterView, useRoute } from "vue-router";

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
  setup() {
    const route = useRoute();
    return () => [
      h("nav", LINKS.map(([text, link]) => [h(RouterLink, link, () => text), " "])),
      h("h1", route.path),
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

createApp({ render: () => h(RouterView) }).use(router).mount("#app");
