"""The public surface, recorded: what people and other programs rely on, one promise a line, in `records/`.

* `computed.py` reads the surface from the code; `json_paths.py` and `source.py` help it.
* `test_surface.py` fails when a recorded line no longer holds and `changes.py` gives no reason for it.
* `python -m tests.contract.surface` adds new lines to the records. It refuses to run while a recorded line is gone
  without a reason. Lines that are gone for a reason stay in the records until the next release, so that the records
  are what the last release promised and what was added since.
* `python -m tests.contract.surface --released` drops the lines that `changes.py` names; empty `changes.py` afterwards.
"""
