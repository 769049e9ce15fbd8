/** Toxiproxy in a Node process, without installing it: see server.ts. */
export { type RunningToxiproxy, startToxiproxy, type ToxiproxyOptions } from "./server.ts";
