# Runs forever in native code, which no interpreter interrupts.
# layers: BK
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms
# control: skip because only the backend ends it

import re

re.match(r"(a+)+$", "a" * 60 + "b")
