/**
 * A process that outlives the controller: it holds the reading end of a pipe whose writing end only the controller has.
 * When the pipe closes without a goodbye the controller was killed, and what its run left behind is removed.
 *
 * Started by leftovers.ts as `node dist/controller/watchdog.js <registry file>`.
 */
import { GOODBYE } from "./leftovers.ts";
import { removeLeftovers } from "./remove-leftovers.ts";

const path = process.argv[2];
if (path === undefined) throw new Error("usage: watchdog <registry file>; it is started by the controller");

// A terminal's signals are meant for the controller, which says goodbye when it has cleaned up itself.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

let heard = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) heard += String(chunk);
if (!heard.endsWith(GOODBYE)) await removeLeftovers(path, "killed");
