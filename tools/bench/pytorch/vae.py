"""The VAE 784-400-(20, 20)-20-400-784, batch 128, Adam: with sampling, conversion from bytes, and metrics every 50 steps."""

import torch
from torch import nn
from torch.nn import functional

from common import median_step, use_one_thread

use_one_thread()
images = torch.clamp(torch.randint(-4 * 256, 256, (60000, 784)), min=0).to(torch.uint8)
encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
order, position, played, metrics = torch.randperm(60000), 0, 0, []


def step():
    global order, position, played
    if position + 128 > 60000:
        order, position = torch.randperm(60000), 0
    x = images[order[position : position + 128]].float() / 255
    position += 128
    played += 1
    mean, log_variance = encoder(x).chunk(2, dim=1)
    deviation = torch.exp(0.5 * log_variance)
    logits = decoder(mean + deviation * torch.randn_like(mean))
    reconstruction = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / 128
    divergence = 0.5 * torch.sum(mean**2 + log_variance.exp() - log_variance - 1) / 128
    optimizer.zero_grad()
    (reconstruction + divergence).backward()
    optimizer.step()
    if played % 50 == 0:
        metrics.append((reconstruction.item(), divergence.item()))


print(f"vae   {median_step(step, 50):10.1f} µs")
