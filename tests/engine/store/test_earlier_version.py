"""What an earlier version wrote into a store is read, byte for byte as it wrote it."""

import json

from engine.cache.reuse import remembered_seconds
from engine.cache.task import KeyParts
from engine.store.runs import read_records

RECORD = """{
 "seal": "2d8c892d82ffe5a1de489688ab7e6ed77dd95679c45dec67cbcd859a4588e213",
 "content": {
  "flow_run_id": "0f8a4c1e-5b7d-4e21-9a66-3c2d1b0a9f87",
  "flow": "full-run",
  "number": 3,
  "started": "2026-11-24T02:00:00+00:00",
  "ended": "2026-11-24T02:09:00+00:00",
  "keys": [
   "fetch-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  ]
 }
}
"""
MEMORY = """{
 "seal": "4debe6b3e32deeeeebbb5d996a58c4c140bbf016fdcb2868df798b147fa6e6d8",
 "content": {
  "label": "fetch",
  "parts": {
   "task": "fetch",
   "inputs": {},
   "code": {},
   "libraries": {
    "python": "3.11"
   }
  },
  "seconds": 12.5
 }
}
"""


def test_the_record_of_a_run_is_read(store):
    path = store / "runs" / "20261124T020000000000-0f8a4c1e.json"
    path.parent.mkdir(parents=True)
    path.write_text(RECORD)
    ((_, record),), damaged = read_records(store)
    assert (record.number, record.keys) == (3, (f"fetch-{'a' * 64}",))
    assert damaged == ()


def test_the_seconds_a_step_took_are_remembered(store):
    path = store / "memory" / "fetch.json"
    path.parent.mkdir(parents=True)
    path.write_text(MEMORY)
    same = KeyParts.model_validate(json.loads(MEMORY)["content"]["parts"])
    assert remembered_seconds("fetch", same) == 12.5
