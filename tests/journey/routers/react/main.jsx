import { createRoot } from "react-dom/client";
import { createBrowserRouter, Link, Navigate, redirect, useLocation } from "react-router";
import { RouterProvider } from "react-router/dom";

function Page() {
  const { pathname } = useLocation();
  return (
    <>
      <title>{pathname}</title>
      <nav>
        <Link to="/a">Push</Link> <Link to="/b" replace>Replace</Link> <Link to="/b?q=1">Query</Link>{" "}
        <Link to="/b">Same</Link> <Link to="/b#part">Part</Link> <Link to="/old">Redirect</Link>{" "}
        <Link to="/d" viewTransition>Transition</Link> <Link to="/moved">Moved</Link>
      </nav>
      <h1>{pathname}</h1>
      <h2 id="part">Part</h2>
    </>
  );
}

const routes = [
  { path: "/old", loader: () => redirect("/c") },
  { path: "/moved", element: <Navigate to="/e" replace /> },
  { path: "*", element: <Page /> },
];

createRoot(document.querySelector("#app")).render(<RouterProvider router={createBrowserRouter(routes)} />);
