// Makes call lists and reads what came of them, with the cloud's own client.
// node call_list.js HOST KEY.json METHOD JSON [FILE.csv]
// `file` of the JSON is read as fileContent. Prints the client's answer.
const fs = require("fs");
const VoximplantApiClient = require("@voximplant/apiclient-nodejs").default;

const [host, pathToCredentials, method, json, file] = process.argv.slice(2);
const client = new VoximplantApiClient({ pathToCredentials, host });

client.onReady = async () => {
  const request = JSON.parse(json);
  if (file) request.fileContent = fs.readFileSync(file);
  console.log(JSON.stringify(await client.CallLists[method](request)));
};
