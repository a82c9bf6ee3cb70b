# Changes a module of the interpreter for the next call; the second call looks for the change.
# layers: NS
# rows: 9
# expect: refused nothing
# again: yes
# control: refused because each call is a fork of its own even without a sandbox

import json

if hasattr(json, "patched") or hasattr(pandas, "patched"):
    through("a module of the call before")
else:
    json.patched = pandas.patched = True
    refused("nothing")
