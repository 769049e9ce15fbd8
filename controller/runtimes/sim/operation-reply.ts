/** One operation at a replica of a cluster, with the reply that a client of a host would read. */
import { encodeView } from "../../../nodes/sdk/view-encoding.ts";
import type { Answer } from "../../control-client.ts";
import type { OperationReply } from "../../replies.ts";
import type { Cluster, Operation } from "./cluster.ts";

/** Never throws: a replica that throws may have done something, so its answer says `it may have happened`. */
export function execute(cluster: Cluster, index: number, operation: Operation): Answer<OperationReply> {
	try {
		const reply = cluster.invoke(index, operation);
		if (!reply.ok) {
			const { code, message } = reply;
			return { kind: "error", error: { code, message, definite: true } };
		}
		const delivered = cluster.delivered(index);
		return {
			kind: "ok",
			value: {
				...(reply.value !== undefined && { value: encodeView(reply.value) }),
				...(reply.update !== undefined && { update: reply.update }),
				...(delivered !== undefined && { delivered }),
			},
			text: "",
		};
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { kind: "error", error: { code: "replica-threw", message, definite: false } };
	}
}
