"""Makes a call list and reads it back with the cloud's own client.

python call_list.py HOST KEY.json RULE_ID FILE.csv
"""

import json
import sys

from voximplant.apiclient import VoximplantAPI, VoximplantException

host, credentials, rule_id, file = sys.argv[1:]
api = VoximplantAPI(credentials, endpoint=host)
with open(file, encoding="utf-8") as rows:
    created = api.create_call_list(
        int(rule_id), 0, 1, 1, "from Python", rows.read(), is_cancelled=True
    )
list_id = created["list_id"]
answer = {
    "created": created,
    "lists": api.get_call_lists(list_id=list_id)["result"],
    "details": api.get_call_list_details(list_id, output="json")["result"],
    "csv": api.get_call_list_details(list_id)["file_content"],
}
answer["recovered"] = api.recover_call_list(list_id)
answer["stopped"] = api.stop_call_list_processing(list_id)
answer["deleted"] = api.delete_call_list(list_id=list_id)
try:
    api.recover_call_list(list_id)
except VoximplantException as why:
    answer["gone"] = {"code": why.code, "message": why.message}
print(json.dumps(answer, default=str))
