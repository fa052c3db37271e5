"""One random experiment, its undisturbed twin, and the same experiment with interruptions."""
import collections
import random
import shutil
import signal

import comparing
import experiments
import judging
from commands import Program, Wrong
from interruptions import FAULTS, KILLS, SIGNALS, Interruption

Usual = collections.namedtuple("Usual", "seconds calls steps")
STOPS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
ENDS = ("done", "diverged")  # statuses after which there is nothing to go on with


class Trial:
    """Plays the experiment of `seed` in the empty folder `home`, `repeat` times with interruptions. `story` is what was done
    since its twin, or since it last began; `counts` is what was counted."""

    def __init__(self, seed, home, descent, libraries, pages, accepts, repeat=1):
        self.seed, self.home = seed, home
        self.pages, self.accepts, self.repeat = pages, accepts, repeat
        self.chance = random.Random(f"interruptions {seed}")
        self.program = Program(descent, libraries, home, hangs_after=300)
        self.story, self.counts, self.plugins = [], collections.Counter(), set()
        self.twin, self.hurt = home / "twin", home / "hurt"
        self.durable = 0  # the newest checkpoint that may not be lost

    def play(self):
        """Raises Wrong. Counts `refused` or `accepted`, and each kind of interruption."""
        drawn = self.draw()
        (self.home / "experiment.yaml").write_text(experiments.text_of(drawn.experiment))
        (self.twin / "runs").mkdir(parents=True)
        ended = self.program.with_fault(self.command(self.twin), self.twin, "count", 1)
        if ended.code == 2:
            self.counts["refused"] += 1
            return self.check_refusal(ended)
        self.check_code(ended, {0, 1})
        self.counts["accepted"] += 1
        self.counts[f"twin: {judging.status_of(judging.run_below(self.twin))}"] += 1
        self.plugins = judging.plugins_of(judging.run_below(self.twin))
        usual = Usual(ended.seconds, ended.calls, judging.step_of(judging.run_below(self.twin)))
        for _ in range(self.repeat):
            self.begin()
            self.interrupt(usual, [], self.chance.choice([1, 2, 2, 3, 4, 6]), ended.code)
            self.counts["runs with the bits of their twin"] += 1
        if drawn.more_steps and ended.code == 0:
            self.play_longer(usual, drawn.more_steps)
        self.check_generated()
        whole = self.undisturbed(["verify", str(judging.run_below(self.hurt))])
        self.check_code(whole, {0})
        return None

    def draw(self):
        return experiments.Author(self.pages, self.seed, self.home / "data", self.accepts).draw()

    def begin(self):
        shutil.rmtree(self.hurt, ignore_errors=True)
        (self.hurt / "runs").mkdir(parents=True)
        self.story, self.durable = [], 0

    def interruption(self):
        return Interruption(self.chance)

    def play_longer(self, usual, more_steps):
        """`trainer.steps` is raised after the end: of the twin undisturbed, of the other one with interruptions."""
        more = [f"trainer.steps={more_steps}"]
        longer = self.undisturbed([*self.command(self.twin), *more])
        if longer.code == 2:
            raise Wrong(f"more steps are refused: {longer}")
        self.counts["steps raised"] += 1
        steps = judging.step_of(judging.run_below(self.twin))
        self.interrupt(usual._replace(steps=steps), more, self.chance.choice([0, 1, 2]), longer.code)

    def command(self, root):
        run = judging.run_below(root)
        if run is None:
            return ["run", "experiment.yaml", "--quiet", "--runs", str(root / "runs")]
        return ["resume", str(run), "--quiet"]

    def interrupt(self, usual, more, times, code):
        """Interrupts the run `times` times, ends it undisturbed, and compares it with the twin, which ended with `code`."""
        for _ in range(times):
            interruption = self.interruption()
            words = [*self.command(self.hurt), *(more if judging.run_below(self.hurt) else [])]
            ended, durable = interruption.strike(self.program, words, self.hurt, usual)
            self.story.append(f"`descent {' '.join(words)}`, {interruption.done}; it ended with {ended.code}")
            self.counts[interruption.kind if self.struck(interruption, ended, code) else "too late"] += 1
            self.check_interrupted(interruption, ended, code, durable)
            run = judging.run_below(self.hurt)
            self.durable = durable if durable is not None else judging.newest_checkpoint(run) if run else 0
            if run and durable is None and self.chance.random() < 0.08:
                self.repair(run)
            if run and judging.status_of(run) in ENDS and not more:
                break
        self.go_on(more, code)
        difference = judging.difference(judging.run_below(self.twin), judging.run_below(self.hurt))
        if difference:
            raise Wrong(f"it differs from the undisturbed run:\n{difference}")

    def repair(self, run):
        """It may report what it does not repair, as a status.yaml that is missing or was damaged by a power cut: such a run
        counts as killed. That nothing is lost by it, the comparison with the twin shows."""
        self.counts["verify --repair between"] += 1
        self.check_code(self.undisturbed(["verify", "--repair", str(run)]), {0, 1, 2})

    def go_on(self, more, code):
        """Ends the run undisturbed. A refusal is wrong, whatever it advises: nothing may lose what a checkpoint needs."""
        run = judging.run_below(self.hurt)
        if run and judging.status_of(run) == "diverged" and code == 1:
            return
        before = self.home / "before"
        shutil.rmtree(before, ignore_errors=True)
        shutil.copytree(self.hurt, before)
        ended_before = run is not None and judging.status_of(run) in ENDS
        resumes = judging.resumed_at(run)[1] if run else 0
        ended = self.undisturbed([*self.command(self.hurt), *(more if run else [])])
        self.check_said(ended)
        if ended.code != code:
            raise Wrong(f"it does not go on: {ended}\n(the run as it was before that is in {before})")
        if run:
            at, now = judging.resumed_at(run)
            if now == resumes and not ended_before:
                at = 0  # the run started over
            if at < self.durable and not ended_before:
                raise Wrong(f"it goes on from step {at}, though there was a checkpoint of step {self.durable}")
        elif more:
            raise Wrong("the run is gone")

    def undisturbed(self, words):
        ended = self.program.start(words)
        self.story.append(f"`descent {' '.join(words)}`; it ended with {ended.code}")
        return ended

    # ---- what may be said at once

    @staticmethod
    def check_said(ended):
        if ended.code is None:
            raise Wrong(f"it hangs: {ended}")
        if ended.code > 0 and not (ended.errors + ended.output).strip():
            raise Wrong(f"no message: {ended}")

    def check_code(self, ended, codes):
        self.check_said(ended)
        if ended.code not in codes:
            raise Wrong(f"it ended with {ended.code}, not with {' or '.join(map(str, sorted(codes)))}: {ended}")

    def check_interrupted(self, interruption, ended, code, durable):
        kind, codes = interruption.kind, {0, code}
        if kind in FAULTS:
            codes |= {1, 2}
            if ended.code not in (0, code) and not ended.met:
                raise Wrong(f"it failed without a fault: {ended}")
        if kind in SIGNALS:  # before the program listens to them, all of them kill
            numbers = [getattr(signal, name) for name in kind.split(" and ")]
            codes |= {-number for number in numbers} | {128 + number for number in numbers if number in STOPS}
        if kind in KILLS or kind in ("power cut", "pause"):
            codes.add(-signal.SIGKILL)
        self.check_code(ended, codes)
        run = judging.run_below(self.hurt)
        if ended.code == 0 and kind != "pause" and (run is None or judging.status_of(run) not in ENDS):
            raise Wrong(f"exit code 0, though the run has not ended: {ended}")
        if durable and run is None:
            raise Wrong(f"the power cut leaves a checkpoint of step {durable}, and no experiment.yaml")

    @staticmethod
    def struck(interruption, ended, code):
        """Whether it came before the command's end."""
        if interruption.kind in (*FAULTS, *KILLS):
            return bool(ended.met)
        return interruption.kind in ("power cut", "pause") or ended.code not in (0, code)

    def check_refusal(self, ended):
        self.check_code(ended, {2})
        if not ended.errors.startswith("error: "):
            raise Wrong(f"a refusal that names no error: {ended}")
        left = [path for path in self.twin.rglob("*") if path.is_file()]
        if left:
            raise Wrong(f"a refused experiment has left {left[0]}")

    def check_generated(self):
        """At times: what both models generate."""
        if self.chance.random() > 0.3:
            return
        made = []
        for root in (self.twin, self.hurt):
            out = self.home / f"{root.name}.h5"
            run = str(judging.run_below(root))
            ended = self.program.start(["generate", run, "-n", "7", "--seed", "3", "-o", str(out)])
            self.check_code(ended, {0, 1, 2})
            made.append((ended.code, comparing.datasets_of(out, "generated") if ended.code == 0 else {}))
        self.counts["generated" if made[0][0] == 0 else "generated: refused"] += 1
        lines = [f"{path}: {what}" for path, what in comparing.differences(made[0][1], made[1][1])]
        if made[0][0] != made[1][0] or lines:
            raise Wrong("\n".join([f"`generate` makes something else, or ends with {made[1][0]} instead of {made[0][0]}:",
                                   *lines[:4]]))


def play(trial, keep):
    """The trial, and what is wrong in words or nothing. Its folder stays where something is wrong, or with `keep`."""
    shutil.rmtree(trial.home, ignore_errors=True)
    trial.home.mkdir(parents=True)
    try:
        trial.play()
        complaint = ""
    except Wrong as wrong:
        complaint = str(wrong)
    if not complaint and not keep:
        shutil.rmtree(trial.home)
    return trial, complaint
