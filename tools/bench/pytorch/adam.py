"""A step of Adam over 10 million parameters."""

import torch

from common import median_step, use_one_thread

use_one_thread()
parameter = torch.ones(10_000_000, requires_grad=True)
parameter.grad = torch.randn(10_000_000)
optimizer = torch.optim.Adam([parameter], lr=1e-3)
print(f"adam  {median_step(optimizer.step, 10):10.1f} µs")
