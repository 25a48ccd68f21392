"""A module whose import leaves a thread running, which a fork would not copy."""

import threading
import time

threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
