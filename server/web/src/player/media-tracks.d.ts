// What the polyfill of media-tracks adds to media elements.

import type { AudioTrack, AudioTrackList, VideoRenditionList, VideoTrack } from "media-tracks";

declare global {
  interface HTMLMediaElement {
    readonly audioTracks: AudioTrackList;
    readonly videoRenditions: VideoRenditionList;
    addVideoTrack(kind: string, label?: string, language?: string): VideoTrack;
    addAudioTrack(kind: string, label?: string, language?: string): AudioTrack;
    removeAudioTrack(track: AudioTrack): void;
  }
}
