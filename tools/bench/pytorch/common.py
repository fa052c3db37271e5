"""What the three scripts share: one thread, and the median time of a step."""

import statistics
import time

import torch


def use_one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(1)


def median_step(step, steps, rounds=15):
    """The median over rounds of the mean time of a step, in microseconds."""
    for _ in range(steps):
        step()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        times.append((time.perf_counter() - start) / steps)
    return statistics.median(times) * 1e6
