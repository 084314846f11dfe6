declare module "script" {
  /** `static/js/beacon.js`, which the build makes a function of. Where the script is already, it changes nothing. */
  export function run(): void;
}
