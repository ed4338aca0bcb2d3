// One file on its way to the server, by tus: it may break off and go on, also after the page was closed.

import { Upload } from "tus-js-client";
import { said } from "../page";

const ENDPOINT = "/api/uploads";
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000];
const CHUNK_BYTES = 64_000_000;

export const PREFIX = "codek7:";

export interface Told {
  readonly title: string;
  readonly visibility: string;
}

export interface Listener {
  moved(sent: number, total: number): void;
  finished(asset: string): void;
  failed(reason: string): void;
}

/** Whose previous upload a file would continue: the same name, size and time of change. */
export function fingerprint(file: { name: string; size: number; lastModified: number }): string {
  return `${PREFIX}${file.name}:${file.size}:${file.lastModified}`;
}

/** A transfer, not begun. */
export function transfer(file: File, told: Told, listener: Listener): Upload {
  let asset = "";
  return new Upload(file, {
    endpoint: ENDPOINT,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    removeFingerprintOnSuccess: true,
    fingerprint: () => Promise.resolve(fingerprint(file)),
    metadata: { filename: file.name, title: told.title, visibility: told.visibility },
    onAfterResponse: (_, response) => {
      asset = response.getHeader("Codek7-Asset") ?? asset;
    },
    onProgress: (sent, total) => listener.moved(sent, total ?? file.size),
    onSuccess: () => listener.finished(asset),
    onError: (error) => listener.failed(reason(error)),
  });
}

/** Go on where an earlier upload of this file stopped; false where there was none. */
export async function resume(upload: Upload): Promise<boolean> {
  const [previous] = await upload.findPreviousUploads();
  if (previous) upload.resumeFromPreviousUpload(previous);
  return previous !== undefined;
}

function reason(error: Error): string {
  const response = "originalResponse" in error ? (error.originalResponse as { getBody(): string } | null) : null;
  return said(response?.getBody() ?? "") || (response ? error.message : "the server does not answer");
}
