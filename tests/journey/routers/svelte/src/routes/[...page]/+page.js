// Where the crawl for pages to write begins: no link leads back to the start.
export const entries = () => [{ page: "" }];
