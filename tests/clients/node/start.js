// Uploads a scenario with the cloud's own client and starts it.
// node start.js HOST KEY.json SCENARIO.js CUSTOM_DATA
const fs = require("fs");
const VoximplantApiClient = require("@voximplant/apiclient-nodejs").default;

const [host, pathToCredentials, scenario, scriptCustomData] = process.argv.slice(2);
const client = new VoximplantApiClient({ pathToCredentials, host });

function good(answer) {
  if (answer.error) throw new Error(JSON.stringify(answer.error));
  return answer;
}

client.onReady = async () => {
  const account = good(await client.Accounts.getAccountInfo({}));
  const app = good(await client.Applications.addApplication({ applicationName: "outbound" }));
  const applicationId = app.applicationId;
  const script = good(
    await client.Scenarios.addScenario({
      scenarioName: "remind",
      scenarioScript: fs.readFileSync(scenario, "utf8"),
    }),
  );
  const rule = good(
    await client.Rules.addRule({ applicationId, ruleName: "remind", rulePattern: "777" }),
  );
  good(await client.Scenarios.bindScenario({ ruleId: rule.ruleId, scenarioId: [script.scenarioId], bind: true }));
  const rules = good(await client.Rules.getRules({ applicationId, template: "777", withScenarios: true }));
  const started = good(
    await client.Scenarios.startScenarios({ ruleId: rules.result[0].ruleId, scriptCustomData }),
  );
  const refused = await client.Scenarios.startScenarios({ ruleId: 999999 });
  console.log(JSON.stringify({ account: account.result, rules: rules.result, started, refused }));
};
