// An upload by tus-js-client: `node upload.mjs ENDPOINT KEY FILE CHUNK_BYTES`, 0 for all in one request.
// Lines out: {"accepted": BYTES} as the server acknowledges them, {"done": UPLOAD, "asset": ID} or {"failed": …}.

import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";
import { Upload } from "tus-js-client";

const [endpoint, key, file, chunk] = process.argv.slice(2);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
let asset = "";

const upload = new Upload(createReadStream(file), {
  endpoint,
  headers: { Authorization: `Bearer ${key}` },
  uploadSize: statSync(file).size,
  chunkSize: Number(chunk) || Infinity,
  metadata: { filename: basename(file), title: "From tus-js-client", visibility: "unlisted" },
  retryDelays: [100, 300, 500, 1000, 1000, 2000, 2000, 3000, 3000, ...Array(10).fill(5000)],
  onChunkComplete: (_, accepted) => say({ accepted }),
  onAfterResponse: (_, response) => (asset = response.getHeader("Codek7-Asset") ?? asset),
  onError: (error) => say({ failed: error.message, status: error.originalResponse?.getStatus() ?? 0 }),
  onSuccess: () => say({ done: upload.url, asset }),
});
upload.start();
