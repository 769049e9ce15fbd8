/** All kinds of toxics by the `type` of the API. To add one: a file beside this one, and a line here. */
import { bandwidth } from "./bandwidth.ts";
import { latency } from "./latency.ts";
import { limitData } from "./limit-data.ts";
import { noop } from "./noop.ts";
import { resetPeer } from "./reset-peer.ts";
import { slicer } from "./slicer.ts";
import { slowClose } from "./slow-close.ts";
import { timeout } from "./timeout.ts";
import type { ToxicKind } from "./toxic.ts";

const KINDS = [noop, latency, bandwidth, slowClose, timeout, resetPeer, slicer, limitData];

export function toxicKind(type: string): ToxicKind | undefined {
	return KINDS.find((kind) => kind.type === type);
}
