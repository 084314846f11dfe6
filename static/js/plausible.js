// What the addresses of Plausible's scripts promise beyond the beacon's own features. Served before the beacon in one file,
// as /js/script.<extension>.js, /js/plausible.<extension>.js and /js/pa-<site>.js, so that a page changes nothing but the
// host. Which features each name has: analytics/web/collector/dropins.py; the whole mapping: docs/from-plausible.md.
let script = document.currentScript;
let { src, dataset } = script;
let { o: given } = window.plausible || {}; // what the page called plausible.init with before we came

// .hash. and .manual. in the name, and kinds of files: instead of the usual ones, or besides.
for (let name of ["hash", "manual"]) if (RegExp(`/js/[^/]*\\.${name}\\.`).test(src)) dataset[name] = "";
let FILES = "7z,avi,csv,dmg,doc,docx,exe,gz,key,midi,mov,mp3,mp4,mpeg,pdf,pkg,pps,ppsx,ppt,pptx,rar,rtf,txt,wav,wma,wmv,xls,xlsx,zip";
let only = script.getAttribute("file-types");
let more = script.getAttribute("add-file-types");
if (only || more) dataset.files = only || FILES + "," + more;

// Their newer scripts wait for plausible.init, whose options have other names.
if (/\/pa-[^/]*\.js/.test(src)) {
  dataset.manual = "";
  let init = (options = {}) => {
    let { autoCapturePageviews, customProperties, fileDownloads, hashBasedRouting, transformRequest, endpoint } = options;
    footfall.init({
      hash: hashBasedRouting,
      props: customProperties,
      transformRequest,
      manual: autoCapturePageviews === false,
      ...(endpoint && !endpoint.includes("//plausible.io/") && { api: endpoint }),
      ...(fileDownloads && fileDownloads.fileExtensions && { files: fileDownloads.fileExtensions.join() }),
    });
    if (autoCapturePageviews !== false) footfall("pageview", {});
    plausible.init = () => {}; // once
  };
  Promise.resolve().then(() => { // when the beacon is there
    plausible.init = init;
    if (given) init(given);
  });
}
