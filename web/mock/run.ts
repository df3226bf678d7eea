/** `npm run mock`: the mock backend on port 8080 (or the one given), with a caller every few seconds once the agent is ready. */

import { fileURLToPath } from "node:url";
import { MockCentre } from "./centre.ts";
import { MockServer } from "./server.ts";

const port = Number(process.argv[2] ?? 8080);
const centre = new MockCentre();
const server = new MockServer(centre, fileURLToPath(new URL("../dist", import.meta.url)));
console.log(`mock backend: ${await server.listen(port)} – user anna, password ${server.password}`);

/** One step of a call every so often: offered, answered, talked, wrapped up. */
setInterval(() => {
  const { activity, intent, activitySince } = centre.agent;
  const forMs = centre.now() - activitySince;
  if (activity === "idle" && intent === "ready" && forMs > 3_000) centre.offer(35_000);
  else if (activity === "ringing" && forMs > 6_000) centre.talk();
  else if (activity === "talking" && forMs > 12_000) centre.wrapUp(15_000);
  else if (activity === "wrap_up" && forMs > 15_000) centre.idle();
}, 500);
