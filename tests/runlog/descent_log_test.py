"""Tries tools/python/descent_log.py on what example.cpp writes. Usage: descent_log_test.py WHAT DIRECTORY [COUNT]"""
import hashlib
import math
import os
import pathlib
import random
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "python"))
import descent_log  # noqa: E402
import h5py  # noqa: E402
import numpy  # noqa: E402


def digest(file):
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()


def check_values(run, steps, more=False):
    """All that append_example() writes in that many steps; with `more`, later steps may be there as well."""
    train = run.metrics("train")
    assert goes_on(train.index, 1, steps, more) and train.index.name == "step"
    assert list(train.columns) == ["wall_time", "loss/generator.total", "learning_rate"]
    for step, loss in train["loss/generator.total"].items():
        assert math.isnan(loss) if step % 7 == 0 else loss == 1 / step
    coverage = run.metrics("validation.mode_coverage")
    assert goes_on(coverage.index, 10, steps, more) and list(coverage["modes"]) == [step % 9 for step in coverage.index]
    for path in ["generator.0.weight/value", "generator.0.weight/gradient"]:
        found, values = run.tensor(path)
        assert goes_on(found, 10, steps, more) and values.shape == (len(found), 3, 4)
        assert all(values[i, 1, 1] == step + 5 / 16 for i, step in enumerate(found))
    found, counts, limits = run.histogram("generator.0.weight/gradient_histogram")
    assert goes_on(found, 10, steps, more)
    assert [list(row) for row in counts] == [[0, step, 2, 3, 4, 5, 6, 7] for step in found]
    assert (limits == [-1.5, 2.0]).all()
    found, values = run.samples("digits")
    assert goes_on(found, 10, steps, more) and values.shape == (len(found), 2, 6, 6, 1)


def goes_on(found, every, steps, more):
    """Whether these are the multiples of `every` up to `steps`, or, with `more`, to somewhere behind."""
    last = max([steps, *found]) if more else steps
    return list(found) == list(range(every, last + 1, every))


def check_names(run):
    assert run.sets() == ["train", "validation.mode_coverage"]
    assert run.samples() == ["generated", "digits"]
    assert run.tensors() == ["generator.0.weight/value", "generator.0.weight/gradient",
                             "generator.0.weight/gradient_histogram", "log_scale/value"]
    assert run.attributes["argv"] == ["descent", "run", "größe.yaml"] and run.attributes["threads"] == 1
    assert run.experiment == {"name": "gan_ring", "seed": 1}
    for ask in [lambda: run.metrics("tarin"), lambda: run.tensor("nothing"), lambda: run.samples("nothing")]:
        try:
            ask()
        except KeyError as error:
            assert "has no" in str(error)
        else:
            raise AssertionError("what is not there was read")


def finished(directory):
    run = descent_log.Run(directory)
    assert run.status == "done"
    check_values(run, 200)
    check_values(descent_log.Run(directory / "log.h5", check=False), 200)
    check_names(run)
    assert "metrics/train: 200 rows" in str(run)


def without_rows(directory):
    run = descent_log.Run(directory)
    assert len(run.metrics("train")) == 3 and len(run.metrics("validation.mode_coverage")) == 0
    assert run.tensor("generator.0.weight/value")[1].shape == (0, 3, 4)
    assert "metrics/validation.mode_coverage: 0 rows" in str(run)


def killed(directory):
    before = digest(directory / "log.h5")
    run = descent_log.Run(directory)
    assert run.status == "killed"
    rows = len(run.metrics("train"))
    assert rows >= 70
    check_names(run)
    # The writer was killed while it wrote: its sets and series have come differently far.
    check_values(run, 70, more=True)
    assert digest(directory / "log.h5") == before
    assert sorted(os.listdir(directory)) == ["log.h5", "log.journal"]


def live(directory):
    run = descent_log.Run(directory)
    assert run.status == "running"
    train = run.metrics("train")
    assert len(train) >= 70 and train["loss/generator.total"].iloc[0] == 1
    check_names(run)


def sweep(directory):
    table = descent_log.runs(directory)
    assert list(table["status"]) == ["done", "done", "damaged"]
    assert [name.rsplit("/", 1)[1] for name in table["run"]] == ["seed=2", "seed=10", "seed=11"]
    assert list(table["seed"])[:2] == [2, 10] and "name" not in table
    assert list(table["train/loss/generator.total"])[:2] == [1 / 20, 1 / 30]


def checksums(_):
    def plainly(data):
        crc = 0xFFFFFFFF
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        return crc ^ 0xFFFFFFFF

    # RFC 3720, appendix B.4
    assert descent_log.crc32c(numpy.arange(32, dtype=numpy.uint8)[None])[0] == 0x46DD794E
    random.seed(1)
    for size in [1, 7, 8, 255, 256, 511, 512, 513, 5000]:
        rows = numpy.frombuffer(random.randbytes(3 * size), numpy.uint8).reshape(3, size)
        assert list(descent_log.crc32c(rows)) == [plainly(row.tobytes()) for row in rows]


def everything(run):
    """Every number that can be read of a run, as bytes."""
    found = {name: run.metrics(name).reset_index().to_numpy().tobytes() for name in run.sets()}
    for name in run.tensors():
        found[name] = b"".join(array.tobytes() for array in run.histogram(name))
    for name in run.samples():
        found[name] = b"".join(array.tobytes() for array in run.samples(name))
    return {**found, "experiment": run.experiment, "attributes": run.attributes}


def harm(data, seed):
    data, chance = bytearray(data), random.Random(seed)
    at = chance.randrange(len(data))
    length = min(chance.randrange(1, 1 << chance.randrange(1, 14)), len(data) - at)
    if seed % 5 == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif seed % 5 == 1:
        for _ in range(chance.randrange(2, 50)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif seed % 5 == 2:
        data[at:at + length] = bytes(length)
    elif seed % 5 == 3:
        data[at:at + length] = chance.randbytes(length)
    else:
        del data[at:]
    return bytes(data)


def open_already(directory):
    """As after `descent collect`, whose links open the log in this process."""
    with h5py.File(directory / "log.h5"):
        check_values(descent_log.Run(directory), 200)


def newer(directory):
    with h5py.File(directory / "log.h5", "r+") as log:
        log.attrs["schema_version"] = 99
    try:
        descent_log.Run(directory).metrics()
    except descent_log.NewerLog as error:
        assert "schema 99" in str(error)
    else:
        raise AssertionError("a log of a newer schema was read")
    assert list(descent_log.runs(directory)["status"]) == ["newer"]


def damaged(directory, count):
    """`directory` has logs in folders: damages them, and reads each in a process of its own with a time limit."""
    originals = [(folder, (folder / "log.h5").read_bytes(), everything(descent_log.Run(folder)))
                 for folder in sorted(directory.iterdir())]
    told = 0
    for seed in range(count):
        folder, data, expected = originals[seed % len(originals)]
        (folder / "log.h5").write_bytes(harm(data, seed))
        child = os.fork()
        if child == 0:
            signal.alarm(60)
            try:
                os._exit(0 if everything(descent_log.Run(folder)) == expected else 2)
            except (descent_log.DamagedLog, descent_log.NewerLog):
                os._exit(1)
            except BaseException as error:
                print(f"seed {seed}: {error!r}", flush=True)
                os._exit(3)
        status = os.waitpid(child, 0)[1]
        assert os.WIFEXITED(status) and os.WEXITSTATUS(status) < 2, f"seed {seed} in {folder}: wait status {status}"
        told += os.WEXITSTATUS(status)
    assert told > 0


if __name__ == "__main__":
    globals()[sys.argv[1]](pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:]))
