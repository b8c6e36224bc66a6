"""A child for tests of nurseries: it says what it is, then ends or stays as it is told."""

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """``embedded_child STATUS``: end with that status; ``stay`` waits for a signal."""
    said = {
        "arguments": sys.argv[1:],
        "environ": dict(os.environ),
        "loaded": "sqlite3" in sys.modules,
        "session": os.getsid(0) == os.getpid(),
        "name": Path("/proc/self/comm").read_text().strip(),
    }
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    if sys.argv[1] == "stay":
        time.sleep(60)
    sys.exit(int(sys.argv[1]))


if __name__ == "__main__":
    main()
