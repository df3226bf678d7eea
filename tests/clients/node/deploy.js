// Deploys applications, scenarios and rules as tools of continuous integration do with
// the cloud's own client: what is there is changed, what is not is added, and the same
// once more changes nothing. It asks for what voxengine-ci needs.
// node deploy.js HOST KEY.json
const VoximplantApiClient = require("@voximplant/apiclient-nodejs").default;

const [host, pathToCredentials] = process.argv.slice(2);
const client = new VoximplantApiClient({ pathToCredentials, host });

function good(answer) {
  if (answer.error) throw new Error(JSON.stringify(answer.error));
  return answer;
}

const says = (word) => `
  globalThis.words = [...(globalThis.words ?? []), "${word}"];
  if (words.length === 1) VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    Logger.write("I AM " + words.join("-") + " ");
    call.answer();
    call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  });`;

// Name of each scenario and its text; rules in their order, each with its scenarios in theirs.
const FIRST = {
  application: "shop",
  scenarios: { tools: says("tools"), talk: says("talk") },
  rules: [
    { name: "talks", pattern: "600", scenarios: ["tools", "talk"] },
    { name: "others", pattern: "6..", scenarios: ["talk"] },
  ],
};
const SECOND = {
  application: "shop",
  scenarios: { tools: says("tools"), talk: says("speech"), last: says("last") },
  rules: [
    { name: "others", pattern: "6[0-9]{2}", scenarios: ["last"] },
    { name: "talks", pattern: "600|601", scenarios: ["last", "talk", "tools"] },
  ],
};

async function deploy(plan) {
  good(await client.Accounts.getAccountInfo({}));
  const apps = good(await client.Applications.getApplications({ applicationName: plan.application, count: 1000 }));
  let app = apps.result.find(({ applicationName }) => applicationName.split(".")[0] === plan.application);
  app ??= good(await client.Applications.addApplication({ applicationName: plan.application }));
  const { applicationId } = app;

  const known = good(await client.Scenarios.getScenarios({ count: 1000, withScript: true })).result;
  const ids = {};
  for (const [scenarioName, scenarioScript] of Object.entries(plan.scenarios)) {
    const old = known.find((scenario) => scenario.scenarioName === scenarioName);
    if (old) {
      good(await client.Scenarios.setScenarioInfo({ scenarioId: old.scenarioId, scenarioName, scenarioScript }));
      ids[scenarioName] = old.scenarioId;
    } else {
      ids[scenarioName] = good(await client.Scenarios.addScenario({ scenarioName, scenarioScript })).scenarioId;
    }
  }

  const order = [];
  for (const { name, pattern, scenarios } of plan.rules) {
    const rules = good(await client.Rules.getRules({ applicationId, withScenarios: true, count: 1000 })).result;
    let rule = rules.find(({ ruleName }) => ruleName === name);
    if (rule) {
      good(await client.Rules.setRuleInfo({ ruleId: rule.ruleId, ruleName: name, rulePattern: pattern }));
    } else {
      rule = good(await client.Rules.addRule({ applicationId, ruleName: name, rulePattern: pattern }));
    }
    const { ruleId } = rule;
    const bound = (rule.scenarios ?? []).map((scenario) => scenario.scenarioId ?? scenario.scenario_id);
    const wanted = scenarios.map((scenario) => ids[scenario]);
    for (const scenarioId of wanted.filter((id) => !bound.includes(id))) {
      good(await client.Scenarios.bindScenario({ ruleId, scenarioId: [scenarioId], bind: true }));
    }
    for (const scenarioId of bound.filter((id) => !wanted.includes(id))) {
      good(await client.Scenarios.bindScenario({ ruleId, scenarioId: [scenarioId], bind: false }));
    }
    good(await client.Scenarios.reorderScenarios({ ruleId, scenarioId: wanted }));
    order.push(ruleId);
  }
  good(await client.Rules.reorderRules({ ruleId: order }));
  const rules = good(await client.Rules.getRules({ applicationId, withScenarios: true, count: 1000 })).result;
  return rules.map(({ ruleName, rulePattern, scenarios }) => ({
    ruleName,
    rulePattern,
    scenarios: scenarios.map((scenario) => scenario.scenarioName ?? scenario.scenario_name),
  }));
}

client.onReady = async () => {
  const first = await deploy(FIRST);
  const second = await deploy(SECOND);
  const again = await deploy(SECOND);
  const scenarios = good(await client.Scenarios.getScenarios({ scenarioName: "talk", withScript: true })).result;
  console.log(JSON.stringify({ first, second, again, talk: scenarios[0].scenarioScript === SECOND.scenarios.talk }));
};
