import { track } from "@footfall/tracker";
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Link, redirect, useLocation } from "react-router";
import { RouterProvider } from "react-router/dom";
import { Footfall } from "./Footfall.jsx";

const { collector } = window; // put there by a test that wants the package to count

function Page() {
  const location = useLocation();
  const { pathname } = location;
  useEffect(() => void document.dispatchEvent(new Event("arrived")), [location]);
  return (
    <>
      {/* The key makes it come and go with each page. */}
      {collector && <Footfall key={pathname} api={collector} domain="example.org" />}
      <title>{pathname}</title>
      <nav>
        <Link to="/a">Push</Link> <Link to="/b" replace>Replace</Link> <Link to="/b?q=1">Query</Link>{" "}
        <Link to="/b">Same</Link> <Link to="/b#part">Part</Link> <Link to="/old">Redirect</Link>{" "}
        <Link to="/d" viewTransition>Transition</Link>
      </nav>
      <h1>{pathname}</h1>
      <button onClick={() => track("Sign-up", { plan: "large" })}>Sign up</button>
      <h2 id="part">Part</h2>
    </>
  );
}

const routes = [
  { path: "/old", loader: () => redirect("/c") },
  { path: "*", element: <Page /> },
];

createRoot(document.querySelector("#app")).render(
  <StrictMode>
    <RouterProvider router={createBrowserRouter(routes)} />
  </StrictMode>,
);
