#!/usr/bin/python3
"""What tools/bits calls a difference, and how it reads its lists. Its own --self-test shows that it finds one."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tools" / "bitwise"))

import comparing
import coverage
import entries
import report
import self_test
from builds import Failed, Misuse


class Arrays(unittest.TestCase):
    def test_the_same_bits_are_no_difference_whatever_they_mean(self):
        numbers = numpy.array([1.5, numpy.nan, -0.0, numpy.inf], numpy.float32)
        self.assertIsNone(comparing.difference(numbers, numbers.copy()))
        self.assertIsNone(comparing.difference(numpy.zeros((0, 3)), numpy.zeros((0, 3))))
        self.assertIsNone(comparing.difference(numpy.array("text", object), numpy.array("text", object)))

    def test_the_first_element_and_the_greatest_distance_are_named(self):
        base = numpy.ones((2, 3))
        tree = base.copy()
        tree[0, 2] = numpy.nextafter(1, 2)
        tree[1, 1] = 1 + 5 * numpy.finfo(float).eps
        self.assertEqual(comparing.difference(base, tree),
                         "float64 (2, 3): 2 of 6 differ, the first at [0, 2]: base 1.e+00, "
                         "tree 1.0000000000000002e+00; at most 5 ulp")

    def test_distances_cross_zero_and_reach_from_end_to_end(self):
        smallest = numpy.finfo(numpy.float32).smallest_subnormal
        self.assertEqual(comparing.most_ulps(numpy.float32([-smallest]), numpy.float32([smallest])), 2)
        self.assertEqual(comparing.most_ulps(numpy.array([-numpy.inf]), numpy.array([numpy.inf])), 2 * 0x7FF0000000000000)

    def test_signs_of_zero_nan_types_and_shapes_differ(self):
        self.assertIn("0 ulp", comparing.difference(numpy.array([0.0]), numpy.array([-0.0])))
        self.assertNotIn("ulp", comparing.difference(numpy.array([0.0]), numpy.array([numpy.nan])))
        self.assertIn("type float32", comparing.difference(numpy.float32([1]), numpy.float64([1])))
        self.assertIn("shape (1,)", comparing.difference(numpy.ones(1), numpy.ones(2)))

    def test_what_one_side_alone_has_is_a_difference(self):
        found = dict(comparing.differences({"a": numpy.ones(1), "b": numpy.ones(1)}, {"b": numpy.ones(1), "c": numpy.ones(1)}))
        self.assertEqual(found, {"a": "only in the base", "c": "only in the tree"})

    def test_all_datasets_of_a_file_are_seen_and_times_are_no_results(self):
        with tempfile.TemporaryDirectory() as folder:
            with h5py.File(pathlib.Path(folder) / "log.h5", "w") as file:
                file["metrics/train/objective"] = [1.0]
                file["metrics/train/wall_time"] = [1.0]
                file["metrics/again"] = file["metrics/train"]
            found = comparing.datasets_of(pathlib.Path(folder) / "log.h5", "log.h5")
        self.assertEqual({path for path in found if comparing.is_result(path)},
                         {"log.h5:/metrics/train/objective", "log.h5:/metrics/again/objective"})

    def test_a_renamed_dataset_keeps_what_its_stars_stand_for(self):
        renames = [("checkpoints/*:/slots/*centralise.*", "checkpoints/*:/slots/*centralize.*")]
        self.assertEqual(comparing.renamed("checkpoints/final.h5:/slots/2_centralise.mean/x", renames),
                         "checkpoints/final.h5:/slots/2_centralize.mean/x")
        self.assertEqual(comparing.renamed("log.h5:/centralise", renames), "log.h5:/centralise")


class Lists(unittest.TestCase):
    given = {"model": {"plugin": "gan", "generator": {"initializer": "he_normal"}}, "loss": "elbo",
             "trainer": {"steps": 50}, "then": ["evaluate RUN centralized"]}

    def entry(self, **more):
        return entries.Entry("run", {**self.given, **more}, {"seed": 3}, [])

    def test_a_side_exchanges_words_and_replaces_sections(self):
        base = self.entry(base=[{"words": {"initializer": "initialiser", "centralized": "centralised"}},
                                {"loss": {"plugin": "elbo", "stddev": 0.5}, "trainer": None}]).base("HEAD")
        self.assertEqual(base.experiment, {
            "name": "run", "seed": 3, "model": {"plugin": "gan", "generator": {"initialiser": "he_normal"}},
            "loss": {"plugin": "elbo", "stddev": 0.5}})
        self.assertEqual(base.then, ["evaluate RUN centralised"])
        self.assertEqual(self.entry().tree().experiment["model"], self.given["model"])

    def test_what_is_unknown_is_refused(self):
        for wrong in ({"modle": {}}, {"base": {"werds": {}}}, {"tree": {"where": "README.md"}}):
            with self.assertRaises(Misuse):
                self.entry(**wrong)

    def test_an_allowance_names_a_test_and_covers_what_it_says(self):
        test = "an allowance names"
        allowance = entries.Allowance(1, {"runs": ["release/vae_*"], "datasets": ["log.h5:/metrics/*"], "why": "w", "test": test})
        self.assertTrue(allowance.covers("release/vae_ema", "log.h5:/metrics/train/objective"))
        self.assertFalse(allowance.covers("double/vae_ema", "log.h5:/metrics/train/objective"))
        self.assertFalse(allowance.covers("release/vae_ema", "log.h5:/tensors/x"))
        self.assertEqual(allowance.used, {"release/vae_ema": 1})
        shape = entries.Allowance(1, {"runs": ["*"], "datasets": ["*"], "only": "shape", "why": "w", "test": test})
        zeros = numpy.zeros((2, 3))
        self.assertTrue(shape.covers("a", "b", comparing.difference(zeros, zeros.reshape(2, 3, 1))))
        self.assertFalse(shape.covers("a", "b", comparing.difference(zeros, numpy.ones((2, 3, 1)))))
        self.assertFalse(shape.covers("a", "b", comparing.difference(zeros, numpy.ones((2, 3)))))
        with self.assertRaises(Misuse):
            entries.Allowance(1, {"runs": ["*"], "datasets": ["*"], "why": "w"})
        self.assertIn("turns follow each other: a player sees what those before it did", entries.names_of_tests())
        self.assertIn("a step deals as many batches as its largest turn counts, and the i-th update of every turn uses the "
                      "i-th", entries.names_of_tests())

    def test_the_lists_of_the_tree_are_right(self):
        self.assertGreater(len(entries.read_entries()[0]), 20)
        entries.read_allowances()

    def test_words_are_found_below_their_keys_alone(self):
        experiment = {"model": {"layers": [{"linear": 3, "initialiser": "he_normal"}, "tanh"], "initialiser": {"normal": 1}}}
        self.assertEqual(coverage.words_below(experiment, ["initialiser"]), {"he_normal", "normal"})
        self.assertEqual(coverage.words_below(experiment, ["layers"]), {"linear", "initialiser", "tanh"})


class Made:
    """What a program made of a run, for Report."""

    def __init__(self, results, failure=None):
        self.results, self.failure = lambda: results, lambda: failure


class Changes(unittest.TestCase):
    def test_the_self_test_changes_one_place_or_fails(self):
        for change in (self_test.RULE, self_test.KERNEL):
            source, text = change.place()
            self.assertEqual(text.count(change.more), 1)
            self.assertNotIn(change.more, source.read_text())
            with self.assertRaisesRegex(Failed, "0 lines"):
                self_test.Change("", change.folder, change.mark, "no such line", "").place()
            with self.assertRaisesRegex(Failed, "0 files"):
                self_test.Change("", change.folder, "no such mark", change.line, "").place()
        with self.assertRaisesRegex(Failed, "files below plugins/ contain"):
            self_test.Change("", "plugins", "DESCENT_OPTIMIZER(", self_test.RULE.line, "").place()


class Reports(unittest.TestCase):
    def test_a_failure_of_one_side_is_a_difference_with_its_message(self):
        found = report.Report([])
        self.assertFalse(found.compare("release/x", Made({}), Made({}, "`descent run` ended with 2: no plugin")))
        self.assertEqual(found.found["release/x"],
                         [(None, "base: went well"), (None, "tree: `descent run` ended with 2: no plugin")])

    def test_what_is_allowed_is_counted_and_no_difference(self):
        allowance = entries.Allowance(1, {"runs": ["*"], "datasets": ["a"], "why": "w", "test": "t"})
        found = report.Report([allowance])
        one, other = {"a": numpy.ones(1), "b": numpy.ones(1)}, {"a": numpy.zeros(1), "b": numpy.ones(1)}
        self.assertTrue(found.compare("release/x", Made(one), Made(other)))
        self.assertEqual((found.allowed, found.found), (1, {}))
        self.assertFalse(found.compare("release/y", Made({"c": numpy.ones(1)}), Made({"d": numpy.ones(1)}), [("a", "b")]))
        self.assertTrue(found.compare("release/z", Made({"c": numpy.ones(1)}), Made({"d": numpy.ones(1)}), [("c", "d")]))


class CommandLine(unittest.TestCase):
    def test_wrong_use_ends_with_2_and_help(self):
        for words in ([], ["HEAD", "--self-test"], ["HEAD", "--jobs", "0"], ["HEAD", "--build", "x"], ["--nonsense"]):
            ended = subprocess.run([TREE / "tools" / "bits", *words], capture_output=True, text=True)
            self.assertEqual(ended.returncode, 2, words)
            self.assertIn("usage: tools/bits", ended.stderr)


if __name__ == "__main__":
    unittest.main()
