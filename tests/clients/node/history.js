// Reads the history of sessions with the cloud's own client.
// node history.js HOST KEY.json REMOTE_NUMBER
const VoximplantApiClient = require("@voximplant/apiclient-nodejs").default;

const [host, pathToCredentials, remoteNumber] = process.argv.slice(2);
const client = new VoximplantApiClient({ pathToCredentials, host });
const HOUR_MS = 3_600_000;

function good(answer) {
  if (answer.error) throw new Error(JSON.stringify(answer.error));
  return answer;
}

client.onReady = async () => {
  const ask = async (more) => good(await client.History.getCallHistory(more));
  const now = Date.now();
  const around = { fromDate: new Date(now - HOUR_MS), toDate: new Date(now + HOUR_MS) };
  const before = { fromDate: new Date(now - 3 * HOUR_MS), toDate: new Date(now - 2 * HOUR_MS) };
  const all = await ask({ ...around, withCalls: true, withRecords: true, descOrder: true, count: 100 });
  const id = all.result[0].callSessionHistoryId;
  console.log(
    JSON.stringify({
      all,
      plain: await ask({ callSessionHistoryId: [id] }),
      ofNumber: await ask({ ...around, remoteNumber, applicationId: 1 }),
      ofNobody: await ask({ ...around, remoteNumber: "74950000001" }),
      earlier: await ask(before),
      long: await ask({ ...around, minDuration: 1000 }),
      second: await ask({ ...around, count: 1, offset: 1 }),
      refused: await client.History.getCallHistory({ isAsync: true }),
    }),
  );
};
