/** What a client of Pakka's gets for what a Maelstrom node replied: an answer of the replica protocol. Pure. */
import { type Answer, refusal } from "../sdk/control-server.ts";
import type { Json } from "../sdk/replica.ts";
import { encodeView } from "../sdk/view-encoding.ts";
import type { CallOutcome } from "./calls.ts";
import { type Body, errorOf } from "./messages.ts";

/** Where a client lost against another, rather than asked for something impossible. */
const CONFLICTS = ["precondition-failed", "txn-conflict"];
const SHOWN_CHARACTERS = 200;

/** The reply that was asked for, or what to tell the client instead. */
export type Expected = { ok: true; body: Body } | { ok: false; answer: Answer };

/** @param request its type, e.g. `add`, which `add_ok` answers */
export function expectReply(request: string, outcome: CallOutcome): Expected {
	switch (outcome.kind) {
		case "unsent":
			return { ok: false, answer: refusal(429, "overloaded", outcome.why) };
		case "no-answer": {
			const message = `the node did not answer '${request}' within ${outcome.withinMs} ms`;
			return { ok: false, answer: refusal(504, "no-answer", message) };
		}
		case "reply": {
			const { body } = outcome;
			if (body.type === `${request}_ok`) return { ok: true, body };
			return { ok: false, answer: body.type === "error" ? errorAnswer(body) : malformed(request, body) };
		}
		default:
			return outcome satisfies never;
	}
}

/** @param key of the reply that holds the view */
export function viewIn(body: Body, key: string): { ok: true; view: Json } | { ok: false; answer: Answer } {
	if (!(key in body)) return { ok: false, answer: malformed("read", body, `, which has no '${key}'`) };
	try {
		return { ok: true, view: encodeView(body[key]) };
	} catch (error) {
		return { ok: false, answer: malformed("read", body, `: ${String(error)}`) };
	}
}

function errorAnswer(body: Body): Answer {
	const { name, definite, text, code } = errorOf(body);
	const message = `the node answered with error ${code ?? "without a code"}${text === "" ? "" : `: ${text}`}`;
	if (!definite) return refusal(500, name, message);
	return refusal(CONFLICTS.includes(name) ? 409 : 422, name, message);
}

/** It may have done what it was asked for. */
function malformed(request: string, body: Body, detail = ""): Answer {
	const shown = JSON.stringify(body).slice(0, SHOWN_CHARACTERS);
	return refusal(502, "malformed-reply", `the node answered '${request}' with ${shown}${detail}`);
}
