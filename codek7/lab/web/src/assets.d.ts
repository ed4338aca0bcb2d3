// What build.mjs makes of files that are no scripts.

declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.woff2" {
  const content: Uint8Array<ArrayBuffer>;
  export default content;
}
