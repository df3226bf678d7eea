"""Starts a session with the cloud's own client.

python start.py HOST KEY.json RULE_NAME CUSTOM_DATA
"""

import json
import sys

from voximplant.apiclient import VoximplantAPI, VoximplantException

host, credentials, rule_name, custom_data = sys.argv[1:]
api = VoximplantAPI(credentials, endpoint=host)
rules = api.get_rules(1, with_scenarios=True)["result"]
started = api.start_scenarios(rule_name=rule_name, script_custom_data=custom_data)
try:
    api.start_scenarios(rule_name="nobody")
    refused = None
except VoximplantException as why:
    refused = {"code": why.code, "message": why.message}
print(json.dumps({"rules": rules, "started": started, "refused": refused}, default=str))
