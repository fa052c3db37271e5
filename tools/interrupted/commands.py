"""Starts `descent`, undisturbed or with something that happens to it."""
import os
import signal
import struct
import subprocess
import time

from builds import own_plugins_only


class Wrong(Exception):
    """What Descent promises and does not hold."""


class Ended:
    """How a command ended. `code` is negative for a signal, None where it had not ended after `seconds`."""

    def __init__(self, words, code, output, errors, seconds):
        self.words, self.code, self.output, self.errors, self.seconds = words, code, output, errors, seconds
        self.met = ""  # the file call that a fault met

    def __str__(self):
        said = self.errors.strip() or self.output.strip()
        return f"`descent {' '.join(self.words)}` {'hangs' if self.code is None else f'ended with {self.code}'}: {said}"


class Program:
    """`descent` of one build, in the surroundings of one experiment."""

    def __init__(self, descent, libraries, home, hangs_after):
        self.descent, self.libraries, self.home, self.hangs_after = descent, libraries, home, hangs_after

    def start(self, words, more_environment=None, signals=()):
        """Runs a command to its end; `signals` is a list of (seconds after the start, signal)."""
        begun = time.monotonic()
        environment = {**own_plugins_only(self.home), "XDG_CACHE_HOME": str(self.home / "cache"), **(more_environment or {})}
        process = subprocess.Popen([str(self.descent), *words], cwd=self.home, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        for seconds, number in signals:
            try:
                output, errors = process.communicate(timeout=max(0.0, begun + seconds - time.monotonic()))
                break
            except subprocess.TimeoutExpired:
                process.send_signal(number)
        try:
            output, errors = process.communicate(timeout=self.hangs_after)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            code = None
        return Ended(words, code, output.decode(errors="replace"), errors.decode(errors="replace"), time.monotonic() - begun)

    def with_fault(self, words, root, action, at, calls=""):
        """With the fault `action` at file call number `at` below `root` (tests/support/inject_faults.c)."""
        state = self.home / "fault_counters"
        state.write_bytes(bytes(4096))
        ended = self.start(words, {
            "LD_PRELOAD": str(self.libraries / "libinject_faults.so"), "DESCENT_FAULT": action,
            "DESCENT_FAULT_AT": str(at), "DESCENT_FAULT_ROOT": str(root), "DESCENT_FAULT_STATE": str(state),
            "DESCENT_FAULT_OF": calls})
        counters = state.read_bytes()
        ended.calls, injected = struct.unpack_from("<QQ", counters)
        if injected:
            call, path = (part.split(b"\0")[0].decode(errors="replace") for part in (counters[24:56], counters[56:1080]))
            ended.met = f"{call} of {path}"
        return ended

    def recorded(self, words, root):
        """With every write, name and fsync below `root` written down (tests/crash/record_writes.c): (Ended, the record)."""
        trace = self.home / "trace"
        trace.unlink(missing_ok=True)
        ended = self.start(words, {"LD_PRELOAD": str(self.libraries / "librecord_writes.so"),
                                   "DESCENT_RECORD_ROOT": str(root), "DESCENT_RECORD_TRACE": str(trace)})
        return ended, trace.read_bytes() if trace.exists() else b""
