"""read_sweep.py WHAT DIRECTORY: asserts what a collected sweep of collect_test.cpp must hold."""
import math
import pathlib
import sys

import h5py
import pandas


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def table(file):
    return pandas.DataFrame({name: column.asstr()[:] if column.dtype.kind == "O" else column[:]
                             for name, column in file["table"].items()})


def check_table(file):
    assert file.attrs["schema"] == b"descent.sweep" and file.attrs["objective"] == b"objective/value"
    runs = table(file)
    assert list(runs["run"]) == list(range(6))
    assert list(runs["status"]) == ["done", "done", "pending", "diverged", "done", "pending"], runs["status"]
    assert list(runs["seed"]) == [1, 2] * 3
    assert list(runs["optimizer"]) == ["sgd"] * 4 + ["adam,learning_rate=0.1,beta1=0.5"] * 2, runs["optimizer"]
    assert list(runs["optimizer.plugin"]) == ["sgd"] * 4 + ["adam"] * 2
    assert list(runs["optimizer.learning_rate"]) == [0.001] * 2 + [0.01] * 2 + [0.1] * 2
    assert list(runs["optimizer.beta1"].fillna(-1)) == [-1] * 4 + [0.5] * 2
    assert list(runs["step"]) == [100, 100, 0, 7, 100, 0]
    value = "train.objective.value"
    assert list(runs[value].fillna(-1)) == [0.5, 0.25, -1, -1, 3.0, -1], runs[value]
    assert list(runs[value + ".best"].fillna(-1)) == [0.5, 0.25, -1, -1, 0.125, -1]
    assert list(runs[value + ".best_step"].fillna(-1)) == [100, 100, -1, -1, 50, -1]
    assert list(runs["training_seconds"].fillna(-1)) == [1.5, 1.5, -1, 0.1, 2.5, -1]
    assert list(runs["wall_seconds"].fillna(-1).round(9)) == [2, 2, -1, -1, 2, -1]
    assert list(runs["peak_memory_bytes"].fillna(-1)) == [1 << 20, 1 << 20, -1, -1, 4096, -1]
    assert "not finite" in runs["reason"][3] and runs["reason"][0] == ""
    assert len(set(runs["identity"])) == 6 and all(len(identity) == 16 for identity in runs["identity"])
    assert file["table"][value].attrs["direction"] == b"lower"
    assert file["table"][value].attrs["name"] == b"train.objective/value"
    assert file["table/training_seconds"].attrs["units"] == b"s"
    # The links lead to the runs' own logs, and there are none to what is not there.
    for row, folder in enumerate(runs["folder"]):
        path = "runs/" + folder
        assert (path in file) == (runs["status"][row] != "pending"), path
        if path not in file:
            assert runs["log"][row] == ""
            continue
        assert file.get(path, getlink=True).filename == folder + "/log.h5" == runs["log"][row]
        assert file[path].attrs["run_id"].decode() == folder
        rows = file[path]["metrics/train.objective/value"]
        assert len(rows) == 0 or rows[-1] == runs[value][row]


def check_nexus(file):
    """From the root along `default` to the objective's last values over the runs (NeXus, NXdata)."""
    assert file.attrs["NX_class"] == b"NXroot"
    group = file[file.attrs["default"]]
    assert group.name == "/table" and group.attrs["NX_class"] == b"NXdata"
    signal = group[group.attrs["signal"]]
    assert signal.attrs["name"] == b"train.objective/value" and list(group.attrs["axes"]) == [b"run"]
    assert signal.attrs["long_name"] == b"last value of train.objective/value"
    assert signal.shape == group["run"].shape and signal.dtype.kind == "f"
    for reserved in "title", "errors", "scaling_factor", "offset":
        assert reserved not in group
    labels = [column.attrs["long_name"] for column in group.values() if "long_name" in column.attrs]
    assert len(set(labels)) == len(labels), labels


def check_texts(file):
    for name in "identity", "folder", "log", "status", "reason":
        column = file["table"][name]
        kind = h5py.check_string_dtype(column.dtype)
        assert kind.length is None and kind.encoding == "utf-8", name
        crc = crc32c(b"".join(text.encode() + b"\0" for text in column.asstr()[:]))
        assert crc == column.attrs["crc32c"], name


def check_scales(file):
    """Every dataset has a scale on its one dimension, or is that scale."""
    for name, column in file["table"].items():
        assert column.ndim == 1 and column.chunks is None
        if name == "run":
            assert column.attrs["CLASS"] == b"DIMENSION_SCALE"
        else:
            assert [scale.name for scale in column.dims[0].values()] == ["/table/run"], name
    assert [column.shape for column in file["table"].values()] == [(6,)] * len(file["table"])


def check_pending(file):
    runs = table(file)
    assert list(runs["status"]) == ["pending"] * 6 and "runs" not in file
    assert runs["training_seconds"].isna().all()


def check_damaged(file):
    runs = table(file)
    assert list(runs["status"]) == ["damaged", "done"] and "log.h5" in runs["reason"][0]
    assert math.isnan(runs["train.objective.value"][0]) and runs["train.objective.value"][1] == 0.25


def check_phases(file):
    runs = table(file)
    assert list(zip(runs["optimizer.beta1"], runs["seed"], runs["phase"])) == [
        (0, 1, "both"), (0, 9, "tuning"), (0.5, 1, "both"), (0.5, 9, "tuning"), (0, 2, "final")], runs


with h5py.File(pathlib.Path(sys.argv[2]) / "sweep.h5", "r") as opened:
    globals()["check_" + sys.argv[1]](opened)
