#!/usr/bin/python3
"""What tools/chaos reads, draws and compares; and that it finds a `descent` that does not keep its promises."""
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(TREE / "tools" / "interrupted"))

import manual_pages
import experiments
import interruptions
import judging
import trial
from random_values import Values

PAGE = """model 'gan'
  generative adversarial network (Goodfellow et al., 2014)

Options
  name          type                default              range
  latent        whole number        2                    >= 1
      dimensions of the generator's noise
  rate          number or schedule  0.5                  [0, 1)
      a decay
  conditioning  choice              concatenate          concatenate |
                                                         projection | auxiliary
      how the discriminator sees the condition: next to its input, as an inner product with its
      features, or not at all
  path          path                required

Keys of every model
  name  meaning
"""


class Pages(unittest.TestCase):
    def test_a_page_says_type_default_and_range_of_every_option(self):
        options = manual_pages.table_of_options(PAGE)
        self.assertEqual(list(options), ["latent", "rate", "conditioning", "path"])
        self.assertEqual(options["conditioning"].choices, ["concatenate", "projection", "auxiliary"])
        rate = options["rate"]
        self.assertEqual((rate.default, rate.low, rate.high, rate.low_is_open, rate.high_is_open), (0.5, 0, 1, False, True))
        self.assertTrue(options["path"].required)

    def test_numbers_are_within_their_range(self):
        rate = manual_pages.table_of_options(PAGE)["rate"]
        values = Values(None, random.Random(1))
        drawn = [values.number(rate) for _ in range(500)]
        self.assertTrue(all(0 <= number < 1 for number in drawn))
        self.assertGreater(len(set(drawn)), 100)


class Experiments(unittest.TestCase):
    def test_a_seed_always_draws_the_same_experiment_and_others_draw_others(self):
        with tempfile.TemporaryDirectory() as folder:
            pages = manual_pages.Pages(BUILD / "bin" / "descent", folder)
            draw = lambda seed: experiments.text_of(experiments.Author(
                pages, seed, pathlib.Path(tempfile.mkdtemp(dir=folder)), lambda experiment: True).draw().experiment)
            texts = [draw(seed).replace(folder, "") for seed in (1, 1, 2)]
        strip = lambda text: [line for line in text.splitlines() if not line.startswith('"dataset"')]  # names a folder
        self.assertEqual(strip(texts[0]), strip(texts[1]))
        self.assertNotEqual(strip(texts[0]), strip(texts[2]))


class Runs(unittest.TestCase):
    """Two folders with what is compared of a run."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.runs = [pathlib.Path(self.folder.name) / name for name in ("twin", "hurt")]
        for run in self.runs:
            (run / "checkpoints").mkdir(parents=True)
            (run / "experiment.yaml").write_text("name: one\n")
            (run / "status.yaml").write_text("status: done\n")
            with h5py.File(run / "log.h5", "w") as file:
                file["metrics/train/objective"] = [1.0, 2.0]
            for name in ("final", "step_00000010"):
                with h5py.File(run / "checkpoints" / f"{name}.h5", "w") as file:
                    file["value"] = numpy.zeros(3, "f4")

    def change(self, file, dataset, value):
        with h5py.File(self.runs[1] / file, "a") as opened:
            opened[dataset][0] = value

    def test_equal_runs_do_not_differ(self):
        self.assertEqual(judging.difference(*self.runs), "")

    def test_one_bit_differs_in_the_log_in_the_final_state_and_in_a_checkpoint_of_both(self):
        for file, dataset, value in (("log.h5", "metrics/train/objective", numpy.nextafter(1.0, 2.0)),
                                     ("checkpoints/final.h5", "value", -0.0),
                                     ("checkpoints/step_00000010.h5", "value", 1e-30)):
            self.setUp()
            self.change(file, dataset, value)
            self.assertIn(f"{file}:/{dataset}: ", judging.difference(*self.runs))

    def test_a_checkpoint_more_is_no_difference_and_a_file_more_is_one(self):
        shutil.copy(self.runs[1] / "checkpoints" / "final.h5", self.runs[1] / "checkpoints" / "step_00000007.h5")
        self.assertEqual(judging.difference(*self.runs), "")
        (self.runs[1] / "log.h5.part").write_text("")
        self.assertEqual(judging.difference(*self.runs), "log.h5.part: only after the interruptions")

    def test_another_status_is_a_difference(self):
        (self.runs[1] / "status.yaml").write_text("status: stopped\n")
        self.assertIn("status.yaml", judging.difference(*self.runs))

    def test_what_was_on_the_disk_before_a_command_survives_a_power_cut_in_it(self):
        root = self.runs[0].parent
        disk = interruptions.disk_of(root, b"", interruptions.load(root))
        disk.after_power_cut(disk.folders[str(root)], root.with_name(root.name + "_image"), random.Random(1))
        image = root.with_name(root.name + "_image")
        self.addCleanup(shutil.rmtree, image)
        names = lambda folder: {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.assertEqual(names(root), names(image))
        disk.step = None
        self.assertEqual(interruptions.durable_step(disk, root), 10)


EXPERIMENT = {
    "name": "chaos", "dataset": {"plugin": "gaussian_ring", "samples": 40},
    "model": {"plugin": "gan", "generator": {"hidden": [4]}, "discriminator": {"hidden": [4]}}, "loss": "non_saturating",
    "optimizer": "adam", "trainer": {"steps": 40, "batch_size": 8}, "checkpoint": {"every": 5}}


class OneTrial(trial.Trial):
    """Always the same experiment, whatever plugins there are, killed at the same place."""

    def draw(self):
        return experiments.Drawn(EXPERIMENT, more_steps="")

    def interruption(self):
        drawn = interruptions.Interruption(self.chance)
        drawn.kind, drawn.calls, drawn.share = "kill", "", 0.6
        return drawn


class Unfaithful(unittest.TestCase):
    """A program in the place of `descent` that does one thing wrong when it resumes: a trial must say so."""

    def complaint(self, script):
        """Of a trial with programs that do this in bash, with $real, the real one, and $run, the run's directory."""
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder)
            program = home / "descent"
            program.write_text(f'#!/bin/bash\nreal={BUILD}/bin/descent\nif [[ $1 == resume ]]; then run=$2\n{script}\nfi\n'
                               'exec $real "$@"\n')
            program.chmod(0o755)
            (home / "spoil.py").write_text("import h5py, sys\nwith h5py.File(sys.argv[1] + '/log.h5', 'a') as log:\n"
                                           "    log['metrics/train/step'][0] += 1\n")
            try:
                OneTrial(1, home, program, BUILD / "tests", None, None).play()
            except trial.Wrong as wrong:
                return str(wrong)
        return ""

    def test_a_faithful_one_passes(self):
        self.assertEqual(self.complaint(":"), "")

    def test_another_number_in_the_log_is_found(self):
        spoil = '$real "$@"; code=$?; unset LD_PRELOAD; /usr/bin/python3 spoil.py $run; exit $code'
        self.assertIn("log.h5:/metrics/train/step: ", self.complaint(spoil))

    def test_a_refusal_to_resume_is_found(self):
        self.assertIn("error: no", self.complaint('echo "error: no" >&2; exit 2'))

    def test_an_empty_message_and_a_crash_are_found(self):
        self.assertIn("no message", self.complaint("exit 1"))
        self.assertIn("ended with -11", self.complaint("kill -SEGV $$"))

    def test_an_end_that_is_none_is_found(self):
        self.assertIn("checkpoint of step", self.complaint("exit 0"))

    def test_a_resume_from_the_beginning_is_found(self):
        self.assertIn("though there was a checkpoint", self.complaint("rm -f $run/checkpoints/*"))


class CommandLine(unittest.TestCase):
    def test_mistakes_end_with_2_and_say_what_is_right(self):
        for words in (["--jobs", "0"], ["--minutes", "-1"], ["--build", "/nowhere"], ["--minutes", "1", "--replay", "3"]):
            done = subprocess.run([str(TREE / "tools" / "chaos"), *words], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("tools/chaos: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
