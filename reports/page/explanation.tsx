/** Why, in one sentence, and the few updates that it is about in the order in which each replica applied them. */
import { inWords } from "../../checker/explanations/phrases.ts";
import type { Explanation } from "../../checker/verdict.ts";
import { visible } from "../visible.ts";
import { replicaClass } from "./colours.ts";
import { plural, sentence, short } from "./format.ts";
import type { RunIndex } from "./run-index.ts";

const MAX_WORDS_CHARACTERS = 60;

export function ExplanationBlock({ run, explanation }: { run: RunIndex; explanation: Explanation }) {
	const { updates, deliveries } = explanation;
	const rows = Object.entries(deliveries);
	const words = new Map(
		updates.map((update) => [update.update, short(inWords(update), MAX_WORDS_CHARACTERS)]),
	);
	return (
		<div class="explanation">
			<p class="explanation-sentence">{sentence(explanation.sentence)}</p>
			{updates.length === 0 || rows.length === 0 ? null : (
				<table>
					<caption>
						{updates.length === 1
							? "Where the update that matters was applied by then"
							: `How each replica had applied the ${plural(updates.length, "update")} that matter, in its order`}
					</caption>
					<tbody>
						{rows.map(([replica, ids]) => (
							<tr key={replica}>
								<th scope="row" class={replicaClass(run.model.run.replicas.indexOf(replica))}>
									<span class="swatch" aria-hidden="true" /> <bdi>{visible(replica)}</bdi>
								</th>
								<td>
									{ids.length === 0 ? (
										<span class="empty">{updates.length === 1 ? "not applied" : "none of them"}</span>
									) : (
										<ol>
											{ids.map((id, place) => (
												<li key={place}>
													<code>{visible(id)}</code> {words.get(id) ?? ""}
												</li>
											))}
										</ol>
									)}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			)}
		</div>
	);
}
