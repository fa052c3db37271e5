"""DeepOBS's mnist_vae (10,151,489 parameters), batch 64, Adam: with dropout, sampling, conversion from bytes, and metrics every 50 steps."""

import torch
from torch import nn
from torch.nn import functional

from common import median_step, use_one_thread

use_one_thread()
images = torch.clamp(torch.randint(-4 * 256, 256, (20000, 1, 28, 28)), min=0).to(torch.uint8)


class Same(nn.Module):
    """A 4x4 convolution of stride 1 that keeps the size: one zero before, two after."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 4)

    def forward(self, x):
        return self.convolution(functional.pad(x, (1, 2, 1, 2)))


class SameTransposed(nn.Module):
    """The transposed one: of 3 pixels too many, one is cut before and two after."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.convolution = nn.ConvTranspose2d(inputs, outputs, 4)

    def forward(self, x):
        return self.convolution(x)[:, :, 1:-2, 1:-2]


encoder = nn.Sequential(
    nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.3), nn.Dropout(0.2),
    nn.Conv2d(64, 64, 4, 2, 1), nn.LeakyReLU(0.3), nn.Dropout(0.2),
    Same(64, 64), nn.LeakyReLU(0.3), nn.Dropout(0.2),
    nn.Flatten(), nn.Linear(3136, 16),
)
decoder = nn.Sequential(
    nn.Linear(8, 24), nn.LeakyReLU(0.3), nn.Linear(24, 49), nn.LeakyReLU(0.3), nn.Unflatten(1, (1, 7, 7)),
    nn.ConvTranspose2d(1, 64, 4, 2, 1), nn.ReLU(), nn.Dropout(0.2),
    SameTransposed(64, 64), nn.ReLU(), nn.Dropout(0.2),
    SameTransposed(64, 64), nn.ReLU(),
    nn.Flatten(), nn.Linear(12544, 784), nn.Sigmoid(),
)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1.5849e-4)
order, position, played, metrics = torch.randperm(len(images)), 0, 0, []


def step():
    global order, position, played
    if position + 64 > len(images):
        order, position = torch.randperm(len(images)), 0
    x = images[order[position : position + 64]].float() / 255
    position += 64
    played += 1
    mean, log_variance = encoder(x).chunk(2, dim=1)
    z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
    reconstruction = ((decoder(z) - x.flatten(1)) ** 2).sum() / 64
    divergence = 0.5 * torch.sum(mean**2 + log_variance.exp() - log_variance - 1) / 64
    optimizer.zero_grad()
    (reconstruction + divergence).backward()
    optimizer.step()
    if played % 50 == 0:
        metrics.append((reconstruction.item(), divergence.item()))


print(f"conv_vae  {median_step(step, 3, rounds=7):10.1f} µs")
