"""How hard properties are tried: few examples while one works, many when everything is tested.

JTS_FULL=1 pytest      the many; `make test` says so by itself
"""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: a busy machine is no finding. A property that names its own number of examples keeps it.
settings.register_profile("fast", max_examples=30, deadline=None)
settings.register_profile("full", max_examples=300, deadline=None)
settings.load_profile("full" if os.environ.get("JTS_FULL") == "1" else "fast")
