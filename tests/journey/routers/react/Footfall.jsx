import { init } from "@footfall/tracker";
import { useEffect } from "react";

/** Anywhere on the page. It may come and go, and be there twice (as in StrictMode): only the first one begins to count. */
export function Footfall(options) {
  useEffect(() => init(options), []);
  return null;
}
