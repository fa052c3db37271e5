"""What `descent check` says of experiments; each is asked about once."""
import subprocess
import threading

import experiments
from builds import own_plugins_only
from commands import Wrong


class Check:
    """check(experiment): whether the program accepts it. Raises Wrong where it does neither that nor refuse it in order."""

    def __init__(self, descent, folder):
        self.descent, self.folder, self.known = descent, folder, {}

    def __call__(self, experiment):
        text = experiments.text_of(experiment)
        if text not in self.known:
            file = self.folder / f"check_{threading.get_ident()}.yaml"
            file.write_text(text)
            done = subprocess.run([str(self.descent), "check", str(file)], capture_output=True, text=True, errors="replace",
                                  stdin=subprocess.DEVNULL, env=own_plugins_only(self.folder), timeout=300)
            if done.returncode not in (0, 2) or (done.returncode == 2 and not done.stderr.startswith("error: ")):
                raise Wrong(f"`descent check` ended with {done.returncode}: {done.stderr.strip()}\n{text}")
            self.known[text] = done.returncode == 0
            file.unlink()
        return self.known[text]
