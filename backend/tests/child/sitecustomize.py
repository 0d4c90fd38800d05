"""Python runs this first in each process that the tests start, for its folder is on their PYTHONPATH."""  # noqa: INP001  # no package: Python looks for it by this name alone

import tests  # noqa: F401  # so that `backend/.env` is read there no more than here
